"""Protocols from one data set to another: who teaches, who is tested, and on which classes."""

from functools import partial

import pytest

from bench.protocols import PROTOCOLS
from smile.errors import UserError
from tests.bench.protocols.releases import bosphorus, bu3dfe, made, stills


def sides(names):
    return {name.partition(":")[0] for name in names}


@pytest.mark.parametrize(
    ("name", "make", "taught", "tested"),
    [
        ("bu3dfe_bosphorus", stills, "bu3dfe", "bosphorus"),
        ("synthetic_ict", made, "synthetic", "ict"),
        (
            "ict_synthetic",
            partial(made, first="ict-posed", second="synthetic-theories"),
            "ict-posed",
            "synthetic-theories",
        ),
    ],
)
def test_only_the_first_teaches_and_only_the_second_is_tested(make_clips, name, make, taught, tested):
    views = make(make_clips)
    plan, _ = PROTOCOLS[name].plan(views, 5)
    (group,) = plan.groups
    assert sides(plan.evaluated) == {tested}
    assert sides(group.pretraining) == sides(who for fold in plan.rounds[0].folds[1:] for who in fold) == {taught}
    assert plan.served == group.folds == (0,)
    seen = PROTOCOLS[name].pretrain_on(views)
    assert sides(who for who, yes in zip(views.subjects, seen, strict=True) if yes) == {taught}


def test_scans_count_as_in_the_protocols_of_each_side(make_clips):
    views = stills(make_clips)
    classes = PROTOCOLS["bu3dfe_bosphorus"].classify(views)
    alone = [
        *PROTOCOLS["bu3dfe_p1"].classify(bu3dfe(make_clips)),
        *PROTOCOLS["bosphorus_65"].classify(bosphorus(make_clips)),
    ]
    assert list(classes) == alone


def test_classes_that_one_side_lacks_do_not_count(make_clips):
    views = made(make_clips, labels=("anger", "fear"))
    assert set(PROTOCOLS["synthetic_ict"].classify(views)) == {("anger",), ("fear",), ()}


def test_fewer_subjects_are_said_of_the_side_that_lacks_them(make_clips):
    few = stills(make_clips, [f"F{n:04d}" for n in range(1, 13)], whole=20)
    plan, _ = PROTOCOLS["bu3dfe_bosphorus"].plan(few, 5)
    assert plan.reduced == "12 of 100 subjects of BU-3DFE and 20 of 65 subjects of Bosphorus"
    with pytest.raises(UserError, match="at least two and one"):
        PROTOCOLS["bu3dfe_bosphorus"].plan(stills(make_clips, ["F0001"]), 5)
