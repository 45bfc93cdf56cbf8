"""Every plan tests everyone once a round and pretrains on nobody that it tests."""

import pytest

from bench.protocols.anyone import draw_anyone
from bench.protocols.draws import deal_ten, draw_apart
from bench.protocols.plan import Plan, outside, share
from bench.protocols.protocol import Pool
from smile.data.splits import deal
from smile.errors import UserError

SIZES = [3, 4, 5, 9, 10, 11, 20, 60]


def names(count):
    return [f"F{n:03d}" for n in range(1, count + 1)]


def draw(count, encoders):
    return draw_anyone(Pool(dict.fromkeys(names(count), ("anger",)), tuple(names(count))), encoders)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("encoders", [1, 5, 10])
def test_every_fold_is_served_once_by_an_encoder_that_never_saw_it(encoders, count):
    plan = draw(count, encoders)
    (folds,) = plan.rounds
    assert plan.served == tuple(range(len(folds.folds)))
    for group in plan.groups:
        tested = {subject for fold in group.folds for subject in folds.folds[fold]}
        assert tested and group.pretraining
        assert not tested & set(group.pretraining)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("encoders", [5, 10])
def test_several_encoders_test_everyone_and_pretrain_on_all_others(encoders, count):
    plan = draw(count, encoders)
    assert plan.evaluated == tuple(names(count))
    for group in plan.groups:
        tested = {subject for fold in group.folds for subject in plan.rounds[0].folds[fold]}
        assert tested | set(group.pretraining) == set(names(count))


@pytest.mark.parametrize("count", SIZES)
def test_one_encoder_is_never_tested_on_whom_it_saw(count):
    plan = draw(count, 1)
    (group,) = plan.groups
    assert not set(group.pretraining) & set(plan.evaluated)
    assert set(group.pretraining) | set(plan.evaluated) == set(names(count))
    assert abs(len(group.pretraining) - len(plan.evaluated)) <= 1


def test_the_number_of_encoders_is_that_of_the_budget():
    assert [len(draw(40, encoders).groups) for encoders in (1, 5, 10)] == [1, 5, 10]


@pytest.mark.parametrize(("folds", "encoders", "served"), [(10, 1, 2), (10, 5, 5), (41, 10, 10), (3, 1, 3), (5, 10, 5)])
def test_neighbouring_folds_share_an_encoder(folds, encoders, served):
    dealt = deal(names(folds), folds)
    groups = share([dealt], names(folds), encoders)
    assert len(groups) == served
    assert [fold for group in groups for fold in group.folds] == list(range(folds))
    sizes = {len(group.folds) for group in groups}
    assert max(sizes) - min(sizes) <= 1


def test_a_fold_that_leaves_nobody_to_pretrain_on_is_refused():
    dealt = deal(names(6), 3)
    with pytest.raises(UserError, match=r"all 6 subject\(s\) are tested"):
        outside([dealt], names(6), (0, 1, 2))
    assert outside([dealt], names(8), (0, 1, 2)) == ("F007", "F008")


def test_few_subjects_are_left_out_one_at_a_time_and_the_plan_says_so():
    plan = draw(6, 10)
    assert [len(fold) for fold in plan.rounds[0].folds] == [1] * 6
    assert "leave one subject out" in plan.note
    assert draw(10, 10).note == ""


@pytest.mark.parametrize("encoders", [1, 5, 10])
def test_one_subject_cannot_be_evaluated(encoders):
    with pytest.raises(UserError, match=r"1 subject\(s\)"):
        draw(1, encoders)
    with pytest.raises(UserError, match=r"1 subject\(s\)"):
        deal_ten(names(1))


def test_order_and_repeats_of_the_subjects_do_not_matter_and_the_key_does():
    plan = draw_apart(names(20), "a")
    assert draw_apart(names(20)[::-1] * 2, "a") == plan
    assert draw_apart(names(20)[::-1] * 2, "a").hash == plan.hash
    assert draw_apart(names(20), "b").hash != plan.hash


def test_encoders_move_the_hash_of_the_plan_and_not_that_of_the_split():
    five, ten = draw(20, 5), draw(20, 10)
    assert five.split_hash == ten.split_hash
    assert five.hash != ten.hash
    assert Plan(five.rounds, five.groups, note="other").split_hash == five.split_hash
