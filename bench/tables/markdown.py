"""Writes tables from records alone: <out>/<suite>.md for people, <out>/<suite>.csv for programs.

Equal records give equal bytes. Results under different settings never share a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from bench.examiner import CLEAN
from bench.probes import PROBES
from bench.record import Record
from bench.standings import Standing, gather_seeds
from bench.statistics.intervals import Score
from bench.suites import Suite
from bench.tables.cells import HEADINGS, MULTILABEL_HEADINGS, name_metric, tabulate_rows
from bench.tables.csv_rows import render_csv
from bench.tables.differences import render_differences
from bench.tables.published import PUBLISHED, SOURCES
from smile.atomic import write_text
from smile.data.names import describe_alike


def write_tables(out: Path, suite: Suite, records: Sequence[Record]) -> str:
    """Writes both tables of a suite; returns the text of the table for people."""
    text = render(suite, records)
    write_text(out / f"{suite.name}.md", text)
    write_text(out / f"{suite.name}.csv", render_csv(records, suite.references))
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
    ordered = sorted(
        gather_seeds(records), key=lambda one: (one.first.setting.data_set not in suite.data_sets, one.first.key)
    )
    for _, group in groupby(ordered, key=lambda one: one.first.key):
        parts += _render_setting(list(group), suite.references)
    return "\n\n".join(parts)


def _render_setting(standings: list[Standing], references: Sequence[str]) -> list[str]:
    records = [standing.first for standing in standings]
    first = records[0]
    setting, probe = first.setting, first.setting.probe.replace("_", " ")
    under = "" if setting.condition == CLEAN else f", tested faces {first.condition_title}"
    title = f"## {first.data_set_title}: {setting.protocol}, {probe}{under}, budget {setting.budget}"
    parts = [title, _render_protocol(first), *_render_data(first), *_render_alike(records)]
    if not any(record.metrics for record in records):
        reasons = sorted({record.reason for record in records})
        return [*parts, "Not evaluated: " + "; ".join(reasons)]
    mark = f" (stand-in: {first.stand_in})" if first.stand_in else ""
    for heading, families in TABLES.items():
        rows = [standing for standing in standings if standing.first.family in families]
        if rows:
            parts += [f"### {heading}{mark}", _render_methods(rows)]
    pairs, groups = render_differences(standings, references), _render_subgroups(records)
    return [*parts, *pairs, *groups, *_render_captions(records), *_render_origin(standings)]


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
    return ["### What the captions tell", about, tabulate_rows(rows, headings)] if rows else []


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
    "Floors": ("floor",),
    "Learnt without labels": ("unsupervised", "vision-language"),
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


def _render_alike(records: Sequence[Record]) -> list[str]:
    """Warns of subjects and classes that are probably one: such a person may stand on both sides of a split."""
    people = {name for record in records for group in record.groups for name in group.pretraining}
    people |= {answer.subject for record in records for answer in record.predictions}
    labels = {label for record in records for answer in record.predictions for label in answer.truth}
    lines = [*describe_alike("subject", people), *describe_alike("label", labels)]
    return [f"**Names: {'; '.join(lines)}.**"] if lines else []


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


def _render_methods(standings: list[Standing]) -> str:
    probe = PROBES[standings[0].first.setting.probe]
    sign = -1.0 if probe.lower_is_better else 1.0
    ranked = sorted(standings, key=lambda s: (-sign * s.metrics[probe.main].value if s.metrics else 1.0, s.first.title))
    names = list(dict.fromkeys([probe.main, *(name for one in ranked for name in one.metrics)]))
    best = _find_best([one for one in ranked if one.metrics], names, sign)
    rows = [
        (
            one.first.title,
            one.first.family,
            "yes" if one.first.uses_labels else "no",
            *_cells(one, names, best),
            _cost(one),
        )
        for one in ranked
    ]
    headings = [name_metric(standings[0].first, name) for name in names]
    return tabulate_rows(rows, ("method", "family", "uses labels", *headings, "seconds"))


def _find_best(scored: Sequence[Standing], names: Sequence[str], sign: float) -> dict[str, float]:
    """Returns metric -> its best value; empty where one row has no rival."""
    if len(scored) < 2:
        return {}
    return {name: sign * max(sign * one.metrics[name].value for one in scored) for name in names}


def _cells(standing: Standing, names: Sequence[str], best: dict[str, float]) -> list[str]:
    record = standing.first
    if not record.metrics:
        said = f"failed: {record.reason}" if record.failed else record.reason
        return [said.replace("|", "\\|").replace("\n", " "), *["-"] * (len(names) - 1)]
    cells = []
    for name in names:
        score = standing.metrics[name]
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
        parts += [f"### {what['accuracy'].capitalize()} by {attribute}", tabulate_rows(rows, ("method", *headings))]
    return parts


def _row_of_groups(record: Record, attribute: str, values: Sequence[str]) -> tuple[str, ...]:
    scores = {one.value: one.accuracy for one in record.subgroups if one.attribute == attribute}
    return (record.title, *(_interval(scores[value]) if value in scores else "-" for value in values))


def _interval(score: Score) -> str:
    return f"{100 * score.value:.1f} [{100 * score.low:.1f}, {100 * score.high:.1f}]"


def _cost(standing: Standing) -> str:
    return f"{standing.seconds:.1f}" if standing.metrics else "-"


def _render_origin(standings: list[Standing]) -> list[str]:
    """Returns the lines that say how to reproduce a table; a table may join results of several commands."""
    seeds: dict[tuple[str, str, str], set[int]] = {}
    for record in (record for standing in standings for record in standing.records):
        seeds.setdefault((record.command, record.commit, record.device), set()).add(record.setting.seed)
    lines = [
        f"- `{command}` at commit {commit}, {_name_seeds(held)}, on {device}"
        for (command, commit, device), held in sorted(seeds.items())
    ]
    return ["Made by:", "\n".join(lines)]


def _name_seeds(seeds: set[int]) -> str:
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, sorted(seeds)))}"


def _render_missing(suite: Suite, records: Sequence[Record]) -> list[str]:
    present = {record.setting.data_set for record in records}
    rows = [(title, "no data given") for key, title in suite.data_sets.items() if key not in present]
    return ["## Data sets of this suite that were not run", tabulate_rows(rows, ("data set", "result"))] if rows else []


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
        tabulate_rows(rows, headings),
    ]
