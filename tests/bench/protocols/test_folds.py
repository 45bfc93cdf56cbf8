"""Every plan tests everyone once and pretrains on nobody that it tests."""

import pytest

from bench.protocols.folds import SCHEMES, draw_plan
from smile.errors import UserError

SIZES = [3, 4, 5, 9, 10, 11, 20, 60]


def names(count):
    return [f"F{n:03d}" for n in range(1, count + 1)]


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_fold_is_served_once_by_an_encoder_that_never_saw_it(scheme, count):
    plan = draw_plan(names(count), scheme, seed=0)
    served = [fold for group in plan.groups for fold in group.folds]
    assert sorted(served) == list(range(len(plan.folds.folds)))
    for group in plan.groups:
        tested = {subject for fold in group.folds for subject in plan.folds.folds[fold]}
        assert tested and group.pretraining
        assert not tested & set(group.pretraining)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("scheme", ["pairs", "each"])
def test_crossed_schemes_test_everyone_and_pretrain_on_all_others(scheme, count):
    plan = draw_plan(names(count), scheme, seed=0)
    assert plan.evaluated == tuple(names(count))
    for group in plan.groups:
        tested = {subject for fold in group.folds for subject in plan.folds.folds[fold]}
        assert tested | set(group.pretraining) == set(names(count))


@pytest.mark.parametrize("count", SIZES)
def test_apart_never_tests_whom_it_pretrains_on(count):
    plan = draw_plan(names(count), "apart", seed=0)
    (group,) = plan.groups
    assert not set(group.pretraining) & set(plan.evaluated)
    assert set(group.pretraining) | set(plan.evaluated) == set(names(count))
    assert abs(len(group.pretraining) - len(plan.evaluated)) <= 1


def test_the_number_of_encoders_is_that_of_the_budget():
    assert [len(draw_plan(names(40), scheme, seed=0).groups) for scheme in ("apart", "pairs", "each")] == [1, 5, 10]


def test_few_subjects_are_left_out_one_at_a_time_and_the_plan_says_so():
    plan = draw_plan(names(6), "each", seed=0)
    assert [len(fold) for fold in plan.folds.folds] == [1] * 6
    assert "leave one subject out" in plan.note
    assert draw_plan(names(10), "each", seed=0).note == ""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_subject_cannot_be_evaluated(scheme):
    with pytest.raises(UserError, match=r"1 subject\(s\)"):
        draw_plan(["F001"] * 6, scheme, seed=0)


def test_a_misspelt_scheme_is_refused():
    with pytest.raises(UserError, match="did you mean 'apart'"):
        draw_plan(names(10), "appart", seed=0)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_order_and_repeats_of_the_subjects_do_not_matter_and_the_seed_does(scheme):
    plan = draw_plan(names(20), scheme, seed=0)
    assert draw_plan(names(20)[::-1] * 2, scheme, seed=0) == plan
    assert draw_plan(names(20)[::-1] * 2, scheme, seed=0).hash == plan.hash
    assert draw_plan(names(20), scheme, seed=1).hash != plan.hash


def test_plans_that_differ_in_the_encoders_alone_have_other_hashes():
    pairs, each = draw_plan(names(20), "pairs", seed=0), draw_plan(names(20), "each", seed=0)
    assert pairs.folds == each.folds
    assert pairs.hash != each.hash
