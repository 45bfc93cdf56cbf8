"""python -m bench.run compare A B: says how two results folders or two records differ, and on which clips."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.publishing import conclude_reading
from bench.record import read_record, read_records
from bench.standings import Standing, gather_seeds
from bench.statistics.pairing import compare_methods
from bench.statistics.ranking import main_metric
from bench.tables.cells import name_metric, percent
from bench.tables.differences import tell_points
from bench.tables.leaderboard import tell_seeds
from smile.config import dotted
from smile.errors import UserError
from smile.progress import Reporter

#: Most clips that are named; --clips names all.
NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("first", type=Path, metavar="A", help="a results folder, or one record")
    add("second", type=Path, metavar="B", help="another of the same kind")
    add("--clips", action="store_true", help="name every clip that only one of the two told right")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Prints each pair of results, and what has no partner; returns 1 where a record is damaged.

    Raises UserError where nothing can be compared.
    """
    (ours, damaged), (theirs, more) = _read(options.first, reporter), _read(options.second, reporter)
    single = options.first.is_file() and options.second.is_file()
    pairs = [(ours[0], theirs[0])] if single else list(_pair(ours, theirs))
    if not pairs:
        raise UserError(f"{options.first} and {options.second} share no method under the same protocol and probe")
    print("\n\n".join("\n".join(_tell(*pair, None if options.clips else NAMED)) for pair in pairs))
    for place, own, other in ((options.first, ours, theirs), (options.second, theirs, ours)):
        alone = sorted({_name(one) for one in own} - {_name(one) for one in other})
        if alone and not single:
            print(f"\nOnly in {place}: {', '.join(alone)}")
    return conclude_reading(damaged + more, reporter)


def _read(place: Path, reporter: Reporter) -> tuple[list[Standing], int]:
    """Returns what a folder or a record holds, and how many records in it are damaged."""
    if place.is_file():
        return [Standing((read_record(place),))], 0
    records, damaged = read_records(place)
    for error in damaged:
        reporter.say(str(error))
    if not records:
        inside = ", ".join(sorted(str(one.parent) for one in place.glob("*/records"))) or "a folder that holds records/"
        raise UserError(f"{place}: holds no record; name {inside}, or one record")
    return gather_seeds(records), len(damaged)


def _pair(ours: Sequence[Standing], theirs: Sequence[Standing]) -> Iterator[tuple[Standing, Standing]]:
    """Yields the same method under the same protocol, condition and probe; settings and seeds may differ."""
    others = {_name(one): one for one in theirs}
    yield from ((one, others[_name(one)]) for one in ours if _name(one) in others)


def _name(standing: Standing) -> str:
    setting = standing.first.setting
    parts = (setting.suite, setting.data_set, setting.protocol, setting.condition, setting.probe)
    return "/".join((*parts, standing.first.method))


def _tell(ours: Standing, theirs: Standing, most: int | None) -> Iterator[str]:
    names = [_name(ours)] if _name(ours) == _name(theirs) else [_name(ours), _name(theirs)]
    yield " minus ".join(names)
    yield from (f"  {line}" for line in _tell_settings(ours, theirs))
    if not ours.scored or not theirs.scored:
        yield f"  no difference: {ours.first.reason or theirs.first.reason}"
        return
    metric = main_metric(ours.first)
    values = [percent(one.metrics[metric].value) for one in (ours, theirs)]
    one, other = ([record.findings for record in standing.scored] for standing in (ours, theirs))
    found = compare_methods(one, other, 0, metric, ours.first.multilabel)
    if found is None:
        yield f"  {name_metric(ours.first, metric)} {values[0]} and {values[1]}, on different clips"
        return
    what = f"{name_metric(ours.first, metric)} {values[0]} minus {values[1]}"
    yield f"  {what}: {tell_points(found.gain)}, p = {found.p:.3f}"
    yield from (f"  {line}" for line in _tell_clips(ours, theirs, most))


def _tell_settings(ours: Standing, theirs: Standing) -> Iterator[str]:
    """Yields every fact that differs between two results, and that decides or explains a score."""
    first, second = (_facts(one) for one in (ours, theirs))
    for key in dict.fromkeys((*first, *second)):
        if first.get(key) != second.get(key):
            yield f"{key}: {first.get(key, 'nothing')} | {second.get(key, 'nothing')}"


def _facts(standing: Standing) -> dict[str, str]:
    first = standing.first
    found = {**dotted(asdict(first.setting)), **dotted(dict(first.versions), "version."), "device": first.device}
    found |= {"commit": first.commit, "stand_in": first.stand_in}
    del found["seed"]
    seeds = tell_seeds([record.setting.seed for record in standing.records])
    return {"seeds": seeds, **{key: str(value) for key, value in found.items()}}


def _tell_clips(ours: Standing, theirs: Standing, most: int | None) -> Iterator[str]:
    """Yields which clips one of the two told right more often, over rounds and seeds."""
    right = [_count_right(one) for one in (ours, theirs)]
    for which, (one, other) in (("first", right), ("second", right[::-1])):
        clips = sorted(clip for clip in one if one[clip] > other.get(clip, 0.0))
        shown = ", ".join(clips[:most]) + (" ..." if len(clips) > len(clips[:most]) else "")
        yield f"{len(clips)} clips are told right more often by the {which}" + (f": {shown}" if clips else "")


def _count_right(standing: Standing) -> dict[str, float]:
    """Returns clip -> how often it was told right, on average over the seeds."""
    found: dict[str, float] = {}
    for record in standing.scored:
        for one in record.predictions:
            share = one.times * (one.predicted == one.truth) / len(standing.scored)
            found[one.clip] = found.get(one.clip, 0.0) + share
    return found
