"""Joins the records of a method over its seeds, and judges the methods of a table against references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.probes import PROBES
from bench.record import Record
from bench.statistics.intervals import Score
from bench.statistics.pairing import Comparison, compare_methods
from bench.statistics.permutation import LEVEL, correct_all
from bench.statistics.power import resolve
from bench.statistics.scores import score_findings


@dataclass(frozen=True)
class Standing:
    """Holds one method in one table: its records, one for each seed, the smallest seed first."""

    records: tuple[Record, ...]

    @property
    def first(self) -> Record:
        """The record of the smallest seed with a result; it says what all of them share."""
        return next((record for record in self.records if record.metrics), self.records[0])

    @property
    def scored(self) -> tuple[Record, ...]:
        """The records with a result."""
        return tuple(record for record in self.records if record.metrics)

    @cached_property
    def metrics(self) -> Mapping[str, Score]:
        """Scores over all seeds, with intervals over subjects and seeds; empty without a result."""
        if len(self.scored) < 2:
            return self.first.metrics
        findings = [record.findings for record in self.scored]
        return score_findings(findings, self.first.setting.seed, self.first.multilabel)

    @property
    def seconds(self) -> float:
        """Mean seconds of a seed."""
        return sum(record.seconds for record in self.scored) / max(len(self.scored), 1)


@dataclass(frozen=True)
class Judgement:
    """Says how a method differs from a reference, after a correction for all comparisons of the table."""

    comparison: Comparison
    p: float  # corrected
    resolvable: float  # the difference that these subjects tell apart in four of five cases
    verdict: str  # better, worse, or not told apart


def gather_seeds(records: Sequence[Record]) -> list[Standing]:
    """Returns the standings of records, in the order of their first record; records may differ in setting."""
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        found.setdefault((record.key, record.method), []).append(record)
    return [Standing(tuple(sorted(group, key=lambda one: one.setting.seed))) for group in found.values()]


def judge(standings: Sequence[Standing], references: Sequence[str]) -> dict[tuple[str, str], Judgement]:
    """Returns (method, reference) -> judgement, for the standings of one table.

    Holm's correction counts each pair of methods once. A pair that was tested on different clips is left out.
    """
    held = {one.first.method: one for one in standings if one.scored}
    pairs = [(name, other) for other in references if other in held for name in held if name != other]
    found = {pair: _compare(held[pair[0]], held[pair[1]]) for pair in pairs}
    compared = {pair: one for pair, one in found.items() if one is not None}
    tests = {frozenset(pair): one.p for pair, one in compared.items()}
    corrected = dict(zip(tests, correct_all(list(tests.values())), strict=True))
    return {
        pair: _judge(one, corrected[frozenset(pair)], len(tests), held[pair[0]].first.setting.probe)
        for pair, one in compared.items()
    }


def _compare(one: Standing, other: Standing) -> Comparison | None:
    ours, theirs = ([record.findings for record in standing.scored] for standing in (one, other))
    return compare_methods(ours, theirs, other.first.setting.seed)


def _judge(one: Comparison, p: float, tests: int, probe: str) -> Judgement:
    verdict = "not told apart"
    if p < LEVEL:
        verdict = "better" if (one.gain.value > 0) != PROBES[probe].lower_is_better else "worse"
    return Judgement(one, p, resolve(one.error, tests), verdict)
