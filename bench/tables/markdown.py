"""Writes tables from records alone: <out>/<suite>.md for people, <out>/<suite>.csv for programs.

Equal records give equal bytes. Results under different settings never share a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from bench.record import Record
from bench.statistics.intervals import Score
from bench.statistics.metrics import METRICS
from bench.statistics.pairing import compare_methods
from bench.suites import Suite
from bench.tables.csv_rows import render_csv
from bench.tables.published import PUBLISHED, SOURCES
from smile.atomic import write_text

#: Printed name of each metric for single-label clips, and for multi-label clips.
HEADINGS = {"accuracy": "accuracy", "macro_f1": "macro F1", "uar": "UAR"}
MULTILABEL_HEADINGS = {"accuracy": "exact match", "macro_f1": "macro UF1", "uar": "UAR"}


def write_tables(out: Path, suite: Suite, records: Sequence[Record]) -> str:
    """Writes both tables of a suite; returns the text of the table for people."""
    text = render(suite, records)
    write_text(out / f"{suite.name}.md", text)
    write_text(out / f"{suite.name}.csv", render_csv(records))
    return text


def render(suite: Suite, records: Sequence[Record]) -> str:
    """Returns the leaderboard as markdown."""
    parts = [
        f"# {suite.name}: {suite.title}",
        f"Suite version {suite.version}. Accuracy, macro F1 and unweighted average recall (UAR) in percent, with 95 % "
        "bootstrap intervals resampled over subjects. The best of each table is bold. Generated from records by "
        "`python -m bench.run`; not written by hand.",
    ]
    sections = [render_results(suite, records), *_render_missing(suite, records), *_render_published(suite)]
    return "\n\n".join([*parts, *sections]) + "\n"


def render_results(suite: Suite, records: Sequence[Record]) -> str:
    """Returns only the results, one section for each setting, recordings before stand-ins."""
    parts: list[str] = []
    ordered = sorted(records, key=lambda record: (record.setting.data_set not in suite.data_sets, record.key))
    for _, group in groupby(ordered, key=lambda record: record.key):
        parts += _render_setting(list(group), suite.references)
    return "\n\n".join(parts)


def _render_setting(records: list[Record], references: Sequence[str]) -> list[str]:
    first = records[0]
    setting, probe = first.setting, first.setting.probe.replace("_", " ")
    title = f"## {first.data_set_title}: {setting.protocol}, {probe}, budget {setting.budget}"
    parts = [title, _render_protocol(first), *_render_data(first)]
    if not any(record.metrics for record in records):
        reasons = sorted({record.reason for record in records})
        return [*parts, "Not evaluated: " + "; ".join(reasons)]
    mark = f" (stand-in: {first.stand_in})" if first.stand_in else ""
    for heading, families in TABLES.items():
        rows = [record for record in records if record.family in families]
        if rows:
            parts += [f"### {heading}{mark}", _render_methods(rows)]
    pairs, groups = _render_pairs(records, references), _render_subgroups(records)
    return [*parts, *pairs, *groups, *_render_captions(records), *_render_origin(records)]


def _render_pairs(records: list[Record], references: Sequence[str]) -> list[str]:
    """Compares every method with the references clip by clip; the largest gain over the first reference comes first."""
    found = {record.method: record for record in records if record.metrics}
    held = [found[name] for name in references if name in found]
    gains = {record.title: [_gain(record, other) for other in held] for record in records}
    ranked = sorted(filter(lambda title: any(gains[title]), gains), key=lambda title: _rank_gains(gains[title]))
    rows = [(title, *map(_tell_gain, gains[title])) for title in ranked]
    about = (
        "Accuracy less that of another method, on the same clips, with the 95 % interval of the difference (paired "
        "bootstrap over subjects). An interval that holds zero tells nothing apart. The seed of the training is not "
        "among what is resampled."
    )
    table = _tabulate(rows, ("method", *(f"less {record.title}" for record in held)))
    return ["### Differences on the same clips", about, table] if rows else []


def _gain(record: Record, other: Record) -> Score | None:
    """Returns how much better a method is than another; None for the same method, or where the clips differ."""
    return None if record is other else compare_methods(record.predictions, other.predictions, other.setting.seed)


def _rank_gains(gains: Sequence[Score | None]) -> list[float]:
    """Returns a key that puts the largest gain first."""
    return [0.0 if gain is None else -gain.value for gain in gains]


def _tell_gain(gain: Score | None) -> str:
    if gain is None:
        return "-"
    verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "not told apart"
    return f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}], {verdict}"


def _render_captions(records: list[Record]) -> list[str]:
    """Returns a table of how much the captions of each method with text reveal of the labels, in percent."""
    rows = [
        (
            record.title,
            f"{audit.distinct} of {audit.clips}",
            f"{100 * audit.information:.1f}",
            f"{100 * audit.adjusted:.1f}",
            "-" if audit.accuracy is None else f"{100 * audit.accuracy:.1f}",
        )
        for record in records
        if (audit := record.captions)
    ]
    headings = ("method", "captions", "mutual information", "adjusted", "labels from captions alone")
    about = (
        "How much of the labels the pretraining captions hold: normalised mutual information (all different captions "
        "have some of it by chance; adjusted, they have none), and the accuracy of a linear classifier that sees the "
        "captions' phrases alone and is taught by other subjects."
    )
    return ["### What the captions tell", about, _tabulate(rows, headings)] if rows else []


def _render_protocol(record: Record) -> str:
    setting = record.setting
    split = f", split {setting.protocol_hash}" if setting.protocol_hash else ""
    text = f"Protocol `{setting.protocol}` (version {setting.protocol_version}{split}): {record.protocol_title}."
    if record.reduced:
        text += (
            f" **Reduced: {record.reduced}. This is not the protocol's result and must not be compared with numbers "
            "that are.**"
        )
    if record.multilabel:
        text += " A clip may show several classes: an exact match has all of them right and no other."
    return text


#: Heading -> families below this heading: results without labels and results with labels stay apart.
TABLES = {
    "Floors": ("floor", "handcrafted"),
    "Learnt without labels": ("unsupervised", "vision-language"),
    "Controls: numbers instead of sentences": ("control",),
    "Saved models": ("pretrained",),
    "Learnt with labels": ("supervised",),
}


def _render_data(record: Record) -> list[str]:
    parts = []
    if record.stand_in:
        parts.append(
            f"**Stand-in ({record.stand_in}): these faces were generated, they are not recordings.** "
            "Their labels follow from our own recipe of facial actions, so scores serve to compare the methods below "
            "with each other and never with numbers from the literature."
        )
    if record.clips:
        sizes = sorted({len(group.pretraining) for group in record.groups})
        subjects = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else f"{sizes[0]}"
        encoders = f"{len(record.groups)} encoders" if len(record.groups) > 1 else "1 encoder"
        parts.append(
            f"{record.clips} clips of {record.subjects} subjects, {_render_folds(record)}; {encoders} a method, "
            f"pretrained on {subjects} other subjects. {_render_skipped(record)}"
            + (f" Note: {record.note}." if record.note else "")
        )
    return parts


def _render_folds(record: Record) -> str:
    folds = sum(len(group.folds) for group in record.groups)
    if record.rounds > 1:
        return f"in {record.rounds} rounds of {folds} subject-independent folds, averaged"
    if folds == 1:
        return "each tested once, by a classifier that was taught on other subjects"
    return f"each tested once, in {folds} subject-independent folds"


def _render_skipped(record: Record) -> str:
    if not record.skipped:
        return "Skipped clips: none."
    listed = "; ".join(f"{clip.clip_id} ({clip.reason})" for clip in record.skipped)
    return f"Skipped clips: {len(record.skipped)}: {listed}."


def _render_methods(records: list[Record]) -> str:
    ranked = sorted(records, key=lambda r: (-r.metrics["accuracy"].value if r.metrics else 1.0, r.title))
    scored = [record for record in ranked if record.metrics]
    best = {name: max(record.metrics[name].value for record in scored) for name in METRICS} if len(scored) > 1 else {}
    rows = [
        (record.title, record.family, "yes" if record.uses_labels else "no", *_cells(record, best), _cost(record))
        for record in ranked
    ]
    headings = MULTILABEL_HEADINGS if records[0].multilabel else HEADINGS
    return _tabulate(rows, ("method", "family", "uses labels", *(headings[name] for name in METRICS), "seconds"))


def _cells(record: Record, best: dict[str, float]) -> list[str]:
    if not record.metrics:
        said = f"failed: {record.reason}" if record.failed else record.reason
        return [said.replace("|", "\\|").replace("\n", " "), *["-"] * (len(METRICS) - 1)]
    cells = []
    for name in METRICS:
        score = record.metrics[name]
        value = f"{100 * score.value:.1f}"
        value = f"**{value}**" if best.get(name) == score.value else value
        cells.append(f"{value} [{100 * score.low:.1f}, {100 * score.high:.1f}]")
    return cells


def _render_subgroups(records: list[Record]) -> list[str]:
    """Returns a table for each attribute: accuracy of each method by value, and the number of subjects."""
    parts: list[str] = []
    counts = {(one.attribute, one.value): one.subjects for record in records for one in record.subgroups}
    what = MULTILABEL_HEADINGS if records[0].multilabel else HEADINGS
    for attribute, group in groupby(sorted(counts), key=lambda key: key[0]):
        values = [value for _, value in group]
        headings = [f"{value} ({counts[attribute, value]} subjects)" for value in values]
        rows = [_row_of_groups(record, attribute, values) for record in records if record.subgroups]
        parts += [f"### {what['accuracy'].capitalize()} by {attribute}", _tabulate(rows, ("method", *headings))]
    return parts


def _row_of_groups(record: Record, attribute: str, values: Sequence[str]) -> tuple[str, ...]:
    scores = {one.value: one.accuracy for one in record.subgroups if one.attribute == attribute}
    return (record.title, *(_interval(scores[value]) if value in scores else "-" for value in values))


def _interval(score: Score) -> str:
    return f"{100 * score.value:.1f} [{100 * score.low:.1f}, {100 * score.high:.1f}]"


def _cost(record: Record) -> str:
    return f"{record.seconds:.1f}" if record.metrics else "-"


def _render_origin(records: list[Record]) -> list[str]:
    """Returns the lines that say how to reproduce a table; a table may join results of several commands."""
    seed = records[0].setting.seed
    lines = [
        f"- `{command}` at commit {commit}, seed {seed}, on {device}"
        for command, commit, device in sorted({(r.command, r.commit, r.device) for r in records})
    ]
    return ["Made by:", "\n".join(lines)]


def _render_missing(suite: Suite, records: Sequence[Record]) -> list[str]:
    present = {record.setting.data_set for record in records}
    rows = [(title, "no data given") for key, title in suite.data_sets.items() if key not in present]
    return ["## Data sets of this suite that were not run", _tabulate(rows, ("data set", "result"))] if rows else []


def _render_published(suite: Suite) -> list[str]:
    """Returns numbers from the literature by year: sorting by value would rank numbers of different protocols."""
    order = ["", *suite.data_sets]
    known = [entry for entry in PUBLISHED if entry.data_set in order]
    rows = [
        (
            suite.data_sets.get(entry.data_set, "not stated"),
            entry.method,
            entry.year,
            entry.supervision,
            entry.modality,
            entry.protocol,
            entry.metric,
            "not available" if entry.value is None else f"{100 * entry.value:.2f}",
            f"[{entry.source}]({SOURCES[entry.source]})",
        )
        for entry in sorted(known, key=lambda entry: (order.index(entry.data_set), entry.year, entry.method))
    ]
    headings = ("data set", "method", "year", "supervision", "modality", "protocol", "metric", "percent", "source")
    return [
        "## From the literature",
        "Numbers of others, on licensed recordings, under protocols that differ from ours and from each other: for "
        "orientation, not ranked, not comparable with the tables above.",
        _tabulate(rows, headings),
    ]


def _tabulate(rows: Iterable[Sequence[object]], headings: Sequence[str]) -> str:
    from tabulate import tabulate

    table: str = tabulate(list(rows), headings, tablefmt="pipe", disable_numparse=True)
    return table
