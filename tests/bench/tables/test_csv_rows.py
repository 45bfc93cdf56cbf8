"""Rows for programs have fractions, and say what must agree before two of them are compared."""

import csv
import io

import pytest

from bench.tables.csv_rows import COLUMNS, render_csv


def test_csv_has_the_columns_and_fractions(make_record):
    rows = list(csv.DictReader(io.StringIO(render_csv([make_record(accuracy=0.5)]))))
    assert tuple(rows[0]) == COLUMNS
    assert " ".join(COLUMNS) == (
        "suite suite_version data_set stand_in protocol protocol_version protocol_hash probe budget "
        "method family uses_labels metric value low high record seconds"
    )
    assert [row["metric"] for row in rows] == ["accuracy", "macro_f1", "uar"]
    assert (rows[0]["value"], rows[0]["low"], rows[0]["high"]) == ("0.5", "0.4", "0.6")
    assert rows[0]["seconds"] == "1.235"


@pytest.mark.parametrize(
    "change",
    [
        {"suite_version": 2},
        {"protocol_version": 2},
        {"protocol_hash": "other"},
        {"probe": "knn"},
        {"budget": "full"},
        {"stand_in": ""},
    ],
)
def test_csv_rows_that_cannot_be_compared_differ_before_the_method(make_record, change):
    rows = [render_csv([record]).splitlines()[1] for record in (make_record(), make_record(**change))]
    assert rows[0].partition(",alpha,")[0] != rows[1].partition(",alpha,")[0]
    assert rows[0].partition(",alpha,")[2] == rows[1].partition(",alpha,")[2]


def test_csv_keeps_methods_without_a_result(make_record):
    rows = list(csv.DictReader(io.StringIO(render_csv([make_record(metrics={}, reason="needs landmarks")]))))
    assert len(rows) == 3
    assert {row["value"] for row in rows} == {""}


@pytest.mark.parametrize("line", range(2))
def test_costs_alone_change_no_other_column(make_record, line):
    first, second = make_record(seconds=1.0), make_record(seconds=2.0)
    before, after = (render_csv([record]).splitlines()[1 + line].split(",") for record in (first, second))
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]
