"""No manner of acting is in two parts: those that pretrain, those that teach, and those that are tested."""

import pytest

from bench.evaluation import draw_candidates
from bench.protocols import PROTOCOLS
from bench.protocols.manners import draw_manners
from bench.protocols.protocol import Pool
from smile.errors import UserError


def pool_of(manners, subjects=54):
    names = [f"F{number:03}" for number in range(subjects)]
    own = {name: f"m{number % manners}" for number, name in enumerate(names)}
    return Pool(dict.fromkeys(names, ("anger",)), tuple(names), own), own


@pytest.mark.parametrize(("manners", "parts"), [(18, (5, 4, 9)), (4, (1, 1, 2)), (5, (2, 1, 2))])
def test_manners_and_subjects_are_apart_and_everybody_has_a_part(manners, parts):
    pool, own = pool_of(manners)
    plan = draw_manners(pool, 1)
    (folds,), (group,) = plan.rounds, plan.groups
    assert all(len({own[name] for name in fold}) == 1 for fold in folds.folds)
    shown = [{own[name] for name in names} for names in (group.pretraining, draw_candidates(plan), plan.evaluated)]
    assert tuple(map(len, shown)) == parts and sum(map(len, shown)) == len(set.union(*shown)) == manners
    assert {*group.pretraining, *draw_candidates(plan), *plan.evaluated} == set(pool.everyone)


def test_the_draw_is_frozen_and_does_not_depend_on_order():
    pool, own = pool_of(18)
    again = Pool(dict(reversed(pool.counted.items())), pool.everyone, dict(reversed(own.items())))
    assert draw_manners(pool, 1) == draw_manners(again, 5)
    assert draw_manners(pool, 1).hash == "2a9e6babb99aee84"


def test_faces_that_all_act_alike_and_recordings_are_refused(make_views):
    with pytest.raises(UserError, match="3 manners"):
        draw_manners(pool_of(3)[0], 1)
    with pytest.raises(UserError, match="0 manners that are told"):
        PROTOCOLS["manners"].plan(make_views(), 1)
