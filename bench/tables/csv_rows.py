"""Writes results for programs: one row for each method and metric, with all facts that make rows comparable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bench.record import Record
from bench.statistics.metrics import METRICS

#: Columns of the csv file. Values are fractions, and empty where there is no result. Two rows may be compared if all
#: columns before `method` are equal, also across files. `record` is the identity of the record with every setting.
COLUMNS = (
    "suite",
    "suite_version",
    "data_set",
    "stand_in",
    "protocol",
    "protocol_version",
    "protocol_hash",
    "probe",
    "budget",
    "method",
    "family",
    "uses_labels",
    "metric",
    "value",
    "low",
    "high",
    "record",
    "seconds",
)


def render_csv(records: Sequence[Record]) -> str:
    """Returns a row for each method and metric, in the order of the records."""
    import pandas

    lines = []
    for record in records:
        held = {**asdict(record.setting), "stand_in": record.stand_in}
        what = [held[column] for column in COLUMNS[: COLUMNS.index("method")]]
        who, cost = (record.method, record.family, record.uses_labels), round(record.seconds, 3)
        for name in METRICS:
            score = record.metrics.get(name)
            values = (score.value, score.low, score.high) if score else (None,) * 3
            lines.append((*what, *who, name, *values, record.identity, cost))
    text: str = pandas.DataFrame(lines, columns=COLUMNS).to_csv(index=False, lineterminator="\n")
    return text
