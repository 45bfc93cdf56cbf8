"""Groups of ties: who is not told apart from the best, then from the best of the others."""

import pytest

from bench.standings import gather_seeds, judge
from bench.suites import SUITES
from bench.tables.leaderboard import group_records, group_ties


def groups_of(records):
    return group_ties(gather_seeds(records))


def test_each_group_is_headed_by_its_best_and_holds_whom_nothing_tells_from_it(make_record):
    scores = {"alpha": 1.0, "beta": 0.9, "gamma": 0.3, "delta": 0.2, "epsilon": 0.0}
    records = [make_record(name, value) for name, value in scores.items()]
    found = groups_of(records)
    assert found == {"alpha": 1, "beta": 1, "gamma": 2, "delta": 2, "epsilon": 2}
    verdicts = judge(gather_seeds(records), ("alpha",))
    assert {name for (name, _), one in verdicts.items() if one.verdict == "not told apart"} == {"beta"}


def test_the_order_of_records_does_not_matter(make_record):
    records = [make_record(name, value) for name, value in (("a", 0.9), ("b", 0.1), ("c", 0.5))]
    assert groups_of(records) == groups_of(records[::-1])


def test_who_has_no_result_is_in_no_group_and_who_was_asked_otherwise_stands_alone(make_record):
    other = make_record("other", 0.8)
    other = make_record("other", 0.8, predictions=other.predictions[:-6])
    found = groups_of([make_record("alpha", 0.9), other, make_record("gone", metrics={}, predictions=())])
    assert found == {"alpha": 1, "other": 2}


@pytest.mark.parametrize("several", [True, False])
def test_a_floor_is_in_no_group_where_clips_show_several_classes(make_record, several):
    records = [make_record("alpha", 0.9, family="floor", multilabel=several), make_record("beta", multilabel=several)]
    assert groups_of(records)["beta"] == 1
    assert ("alpha" in groups_of(records)) is not several


def test_the_first_group_is_what_the_tables_mark_and_one_method_alone_is_no_tie(make_record):
    records = [make_record("alpha", 1.0), make_record("beta", 0.9), make_record("gamma", 0.0)]
    (board,) = group_records(SUITES["fer4d"], records)
    assert board.tied == {"alpha", "beta"}
    (lone,) = group_records(SUITES["fer4d"], records[:1])
    assert (lone.tie_groups, lone.tied) == ({"alpha": 1}, frozenset())
