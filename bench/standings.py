"""Joins the records of a method over its seeds, and judges the methods of a table against references."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bench.audit.alarm import Grade
from bench.audit.rows import audit_records
from bench.record import Record
from bench.statistics.intervals import Score
from bench.statistics.pairing import Comparison, compare_methods
from bench.statistics.permutation import LEVEL, correct_all
from bench.statistics.power import resolve
from bench.statistics.ranking import main_metric, probe_of
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
        alone = probe_of(self.first).main_alone
        found = score_findings(findings, self.first.setting.seed, self.first.multilabel, alone)
        return {name: score for name, score in found.items() if name in self.first.metrics}

    @property
    def pooled(self) -> Record:
        """One record with the predictions and scores of all seeds, as if each seed were one more round."""
        predictions = tuple(itertools.chain(*(record.predictions for record in self.scored)))
        rounds = self.first.rounds * max(len(self.scored), 1)
        return replace(self.first, metrics=self.metrics, predictions=predictions, rounds=rounds)

    @cached_property
    def grade(self) -> Grade:
        """What the audit says of all its records; a red row is printed, but neither ranked nor a reference."""
        return audit_records(self.records)

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

    Holm's correction counts each pair of methods once. A pair that was tested on different clips is left out, and so is
    a method whose audit is red.
    """
    compared = _compare_all(
        {one.first.method: one for one in standings if one.scored and not one.grade.red}, references
    )
    tests = {frozenset(pair): one.p for pair, one in compared.items()}
    corrected = dict(zip(tests, correct_all(list(tests.values())), strict=True))
    less = bool(standings) and probe_of(standings[0].first).lower_is_better
    return {pair: _judge(one, corrected[frozenset(pair)], len(tests), less) for pair, one in compared.items()}


def _compare_all(held: Mapping[str, Standing], references: Sequence[str]) -> dict[tuple[str, str], Comparison]:
    found: dict[tuple[str, str], Comparison] = {}
    for name, other in itertools.product(held, references):
        if other in held and name != other:
            compared = _compare(held[name], held[other])
            if compared:
                found[name, other] = compared
    return found


def _compare(one: Standing, other: Standing) -> Comparison | None:
    ours, theirs = ([record.findings for record in standing.scored] for standing in (one, other))
    first = other.first
    return compare_methods(ours, theirs, first.setting.seed, main_metric(first), first.multilabel)


def _judge(one: Comparison, p: float, tests: int, less_is_better: bool) -> Judgement:
    verdict = "not told apart"
    # The p-value holds for these seeds alone; the interval says whether other seeds might turn the difference.
    if p < LEVEL and (one.gain.low > 0 or one.gain.high < 0):
        verdict = "better" if (one.gain.value > 0) != less_is_better else "worse"
    return Judgement(one, p, resolve(one.error, tests), verdict)
