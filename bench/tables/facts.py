"""Says in sentences how a leaderboard was measured: protocol, faces, counts, and the commands that made it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import Record
from bench.standings import Standing
from bench.statistics.ranking import find_contest, main_metric
from bench.tables.cells import name_metric
from bench.tables.leaderboard import tell_seeds
from smile.data.names import describe_alike


def describe_protocol(record: Record) -> str:
    """Returns the sentences about the protocol, and whether the data hold fewer subjects than it wants."""
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
    if find_contest(record) == main_metric(record):
        name = name_metric(record, main_metric(record))
        name += "" if "UF1" in name else " (UF1)"
        text += (
            f" Methods are ranked and compared by {name}, the predictions of all folds counted together, as the "
            "contests of micro-expressions do: classes are far from equally frequent."
        )
    return text


def describe_data(record: Record) -> list[str]:
    """Returns a paragraph that marks a stand-in, and a paragraph with the counts; without clips, no counts."""
    parts = []
    if record.stand_in:
        parts.append(
            f"**Stand-in ({record.stand_in}): these faces were generated, they are not recordings.** "
            "Their labels follow from the facial actions that were chosen for them. So scores compare these methods "
            "with each other and never with numbers from the literature."
        )
    if record.clips:
        parts.append(
            f"{count_clips(record)}, {_describe_folds(record)}; {_describe_encoders(record)}. "
            f"{_describe_skipped(record)}" + (f" Note: {record.note}." if record.note else "")
        )
    return parts


def describe_names(records: Sequence[Record]) -> list[str]:
    """Warns of subjects and classes that are probably one: such a person may stand on both sides of a split."""
    people = {name for record in records for group in record.groups for name in group.pretraining}
    people |= {answer.subject for record in records for answer in record.predictions}
    labels = {label for record in records for answer in record.predictions for label in answer.truth}
    lines = [*describe_alike("subject", people), *describe_alike("label", labels)]
    return [f"**Names: {'; '.join(lines)}.**"] if lines else []


def describe_origin(standings: Sequence[Standing]) -> list[str]:
    """Returns the lines that say how to reproduce a table; a table may join results of several commands."""
    seeds: dict[tuple[str, str, str], set[int]] = {}
    for record in (record for standing in standings for record in standing.records):
        seeds.setdefault((record.command, record.commit, record.device), set()).add(record.setting.seed)
    lines = [
        f"- `{command}` at commit {commit}, {tell_seeds(sorted(held))}, on {device}"
        for (command, commit, device), held in sorted(seeds.items())
    ]
    return ["Made by:", "\n".join(lines)]


def count_clips(record: Record) -> str:
    """Returns the counts of what is tested, e.g. "360 clips of 60 subjects"."""
    return f"{record.clips} clips of {record.subjects} subjects"


def _describe_encoders(record: Record) -> str:
    sizes = sorted({len(group.pretraining) for group in record.groups})
    subjects = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else f"{sizes[0]}"
    encoders = f"{len(record.groups)} encoders" if len(record.groups) > 1 else "1 encoder"
    return f"{encoders} a method, pretrained on {subjects} other subjects"


def _describe_folds(record: Record) -> str:
    folds = sum(len(group.folds) for group in record.groups)
    if record.rounds > 1:
        return f"in {record.rounds} rounds of {folds} subject-independent folds, averaged"
    if folds == 1:
        return "each tested once, by a classifier that was taught on other subjects"
    return f"each tested once, in {folds} subject-independent folds"


def _describe_skipped(record: Record) -> str:
    if not record.skipped:
        return "Skipped clips: none."
    listed = "; ".join(f"{clip.clip_id} ({clip.reason})" for clip in record.skipped)
    return f"Skipped clips: {len(record.skipped)}: {listed}."
