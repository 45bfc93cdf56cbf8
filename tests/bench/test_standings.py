"""A row stands for all its seeds, and a verdict needs both its p-value and its interval."""

import dataclasses

import pytest

from bench.answer import Answer
from bench.standings import gather_seeds, judge
from bench.tables.csv_rows import render_csv

NAMES = [f"s{number}" for number in range(12)]


def told(make_record, method, right, **changes):
    """A record in which `right` of ten clips of every subject are told right."""
    answers = tuple(
        Answer(f"{name}/{k}", name, 0, ("fear",), ("fear" if k < right else "anger",))
        for name in NAMES
        for k in range(10)
    )
    return make_record(method, predictions=answers, subjects=len(NAMES), **changes)


def test_what_seeds_might_turn_is_not_told_apart_however_many_subjects_agree(make_record):
    ours = [told(make_record, "alpha", right, seed=seed) for seed, right in enumerate((9, 4))]
    theirs = [told(make_record, "beta", 6, seed=seed) for seed in (0, 1)]
    found = judge(gather_seeds([*ours, *theirs]), ["beta"])["alpha", "beta"]
    assert found.p < 0.001 and found.comparison.gain.low < 0 < found.comparison.gain.value
    assert found.verdict == "not told apart"
    sure = [dataclasses.replace(one, predictions=ours[0].predictions) for one in ours]
    assert judge(gather_seeds([*sure, *theirs]), ["beta"])["alpha", "beta"].verdict == "better"


def test_a_pair_counts_once_whichever_way_it_is_read(make_record):
    records = [told(make_record, name, right) for name, right in (("alpha", 9), ("beta", 6), ("gamma", 6))]
    found = judge(gather_seeds(records), ["alpha", "beta"])
    assert set(found) == {(a, b) for a in ("alpha", "beta", "gamma") for b in ("alpha", "beta") if a != b}
    assert found["alpha", "beta"].p == found["beta", "alpha"].p == pytest.approx(3 * 2 / 2**12)
    assert (found["alpha", "beta"].verdict, found["beta", "alpha"].verdict) == ("better", "worse")


def test_a_seed_without_a_result_leaves_the_row_of_the_others(make_record):
    lost = told(make_record, "alpha", 3, seed=0, metrics={}, reason="ValueError: no luck", failed=True)
    kept = told(make_record, "alpha", 7, seed=1)
    (standing,) = gather_seeds([lost, kept])
    assert standing.first is kept and standing.metrics == kept.metrics
    (nothing,) = gather_seeds([lost])
    assert (nothing.first.reason, nothing.metrics) == ("ValueError: no luck", {})


def test_results_of_a_probe_that_this_version_does_not_know_are_ranked_by_accuracy(make_record):
    records = [
        told(make_record, name, right, seed=seed, probe="svm")
        for name, right in (("alpha", 9), ("beta", 5))
        for seed in (0, 1)
    ]
    standings = gather_seeds(records)
    assert standings[0].metrics["accuracy"].value == pytest.approx(0.9)
    assert judge(standings, ["beta"])["alpha", "beta"].verdict == "better"
    assert "svm" in render_csv(records)
