"""Each protocol of the field on releases as they should be, and as they come: who is tested, on what, how often."""

import math

import pytest

from bench.protocols import PROTOCOLS
from smile.errors import UserError
from tests.bench.protocols.releases import (
    ORDERS,
    across,
    bosphorus,
    bp4d,
    bu3dfe,
    bu4dfe,
    fourdme,
    made,
    stills,
)

ENCODERS = (1, 5, 10)

#: Protocol -> its release, subjects tested in a round and in all, clips tested in a round, rounds, folds; and the hash
#: of the split on that release, which must never change without a new version.
WHOLE = {
    "bu3dfe_p1": (bu3dfe, 60, 60, 720, 100, 10, "b4fbae48746b6d03"),
    "bu3dfe_p2": (bu3dfe, 60, 100, 720, 100, 10, "4deb148b252843ed"),
    "bu3dfe_subset1": (bu3dfe, 100, 100, 1200, 1, 10, "ed45bd302c02f221"),
    "bu3dfe_subset2": (bu3dfe, 100, 100, 2400, 1, 10, "ed45bd302c02f221"),
    "bosphorus_60": (bosphorus, 60, 60, 360, 1, 10, "ed2e85700e483376"),
    "bosphorus_65": (bosphorus, 65, 65, 390, 1, 10, "0c95937f607d6d9e"),
    "bu4dfe_60": (bu4dfe, 60, 60, 360, 1, 10, "ca9d725d0aa9ba9d"),
    "bu4dfe_101": (bu4dfe, 101, 101, 606, 1, 10, "c4a8cbf414341239"),
    "bp4d_41": (bp4d, 41, 41, 328, 1, 10, "40b81db011b3dafc"),
    "bu4dfe_bp4d": (across, 41, 41, 82, 1, 1, "8e7dfd16ea32bcca"),
    "bu3dfe_bosphorus": (stills, 65, 65, 390, 1, 1, "df4b80846a06aed8"),
    "synthetic_ict": (made, 20, 20, 120, 1, 1, "b779702afb1a0c5b"),
    "ict_synthetic": (lambda clips: made(clips, "ict", "synthetic"), 20, 20, 120, 1, 1, "4bc47d69221f711b"),
    "fourdme_5class": (fourdme, 41, 41, 287, 1, 5, "f41055e13d68e679"),
    "fourdme_3class_loso": (fourdme, 41, 41, None, 1, 41, "9694acbb1b4ce93e"),
}


def counted(views, classes, subjects):
    return sum(who in subjects and names != () for who, names in zip(views.subjects, classes, strict=True))


def test_every_protocol_is_in_this_test():
    assert set(WHOLE) | {"tenfold", "manners"} == set(PROTOCOLS)
    for name, protocol in PROTOCOLS.items():
        assert protocol.name == name
        assert protocol.version >= 1


@pytest.mark.parametrize("encoders", ENCODERS)
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_release_is_played_in_full(make_clips, name, encoders):
    make, in_round, in_all, clips, rounds, folds, known = WHOLE[name]
    views, protocol = make(make_clips), PROTOCOLS[name]
    plan, classes = protocol.plan(views, encoders)
    assert (plan.reduced, len(plan.rounds), len(plan.served)) == ("", rounds, folds)
    assert len(plan.evaluated) == in_all
    for part in plan.rounds:
        tested = [who for fold in plan.served for who in part.folds[fold]]
        assert len(tested) == len(set(tested)) == in_round
        assert clips is None or counted(views, classes, set(tested)) == clips
    if protocol.clips and name != "fourdme_5class":  # this test's release has other clips than the real one
        assert counted(views, classes, set(plan.evaluated)) == protocol.clips
    assert plan.split_hash == known


@pytest.mark.parametrize("encoders", ENCODERS)
@pytest.mark.parametrize("name", WHOLE)
def test_no_encoder_and_no_classifier_ever_sees_whom_it_is_tested_on(make_clips, name, encoders):
    views = WHOLE[name][0](make_clips)
    plan, _ = PROTOCOLS[name].plan(views, encoders)
    served = [fold for group in plan.groups for fold in group.folds]
    assert len(served) == len(set(served))
    for part in plan.rounds:
        assert len(part.subjects) == len(set(part.subjects)), "someone is in two folds of a round"
        for group in plan.groups:
            tested = {who for fold in group.folds for who in part.folds[fold]}
            assert group.pretraining and tested
            assert not tested & set(group.pretraining)


@pytest.mark.parametrize("name", WHOLE)
def test_order_and_repeats_of_the_clips_and_the_budget_do_not_move_the_split(make_clips, name):
    views = WHOLE[name][0](make_clips)
    hashes = {PROTOCOLS[name].plan(views, encoders)[0].split_hash for encoders in ENCODERS}
    turned = views.rows(list(reversed(range(len(views)))) + list(range(len(views))))
    assert hashes == {PROTOCOLS[name].plan(turned, 1)[0].split_hash}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("bu3dfe_subset1", "bu3dfe_subset2"),
        ("bu4dfe_101", None),
        ("bp4d_41", None),
    ],
)
def test_folds_deal_the_frozen_order(make_clips, name, known):
    views = WHOLE[name][0](make_clips)
    plan, _ = PROTOCOLS[name].plan(views, 10)
    order = ORDERS[views.data_set]
    assert plan.rounds[0].folds == tuple(tuple(sorted(order[k::10])) for k in range(10))
    assert known is None or PROTOCOLS[known].plan(views, 10)[0].split_hash == plan.split_hash


def test_p1_keeps_its_sixty_and_deals_them_anew_in_every_round(make_clips):
    views = bu3dfe(make_clips)
    plan, _ = PROTOCOLS["bu3dfe_p1"].plan(views, 10)
    sixty = set(ORDERS["bu3dfe"][:60])
    assert all(set(part.subjects) == sixty for part in plan.rounds)
    assert len({part.folds for part in plan.rounds}) == 100
    (group,) = plan.groups
    assert set(group.pretraining) == set(views.subjects) - sixty
    together = sum(set(part.folds[0]) == set(plan.rounds[0].folds[0]) for part in plan.rounds)
    assert together == 1


def test_p2_draws_another_sixty_in_every_round_and_everyone_about_as_often(make_clips):
    plan, _ = PROTOCOLS["bu3dfe_p2"].plan(bu3dfe(make_clips), 10)
    sets = [frozenset(part.subjects) for part in plan.rounds]
    assert len(set(sets)) == 100
    often = [sum(who in sixty for sixty in sets) for who in plan.evaluated]
    spread = math.sqrt(100 * 0.6 * 0.4)
    assert all(abs(count - 60) < 4 * spread for count in often)
    blocks = [{who for part in plan.rounds for who in part.folds[k]} for k in range(10)]
    assert all(len(block) == 10 for block in blocks), "a fold never leaves its block"
    for group in plan.groups:
        assert len(group.pretraining) == 100 - 10 * len(group.folds)


def test_levels_decide_which_scans_of_bu3dfe_count(make_clips):
    views = bu3dfe(make_clips, ["F0001", "F0002", "M0001"])
    for name, levels in (("bu3dfe_p1", "34"), ("bu3dfe_subset2", "1234")):
        classes = PROTOCOLS[name].classify(views)
        for row, said in enumerate(classes):
            expected = views.labels[row] if views.attributes[row]["level"] in levels else ()
            assert said == expected


def test_bosphorus_counts_the_first_repetition_of_those_with_all_six(make_clips):
    views = bosphorus(make_clips, whole=3)
    classes = PROTOCOLS["bosphorus_65"].classify(views)
    rows = [row for row, said in enumerate(classes) if said]
    assert {views.subjects[row] for row in rows} == {"bs000", "bs001", "bs002"}
    assert {views.attributes[row]["repetition"] for row in rows} == {"0"}
    assert len(rows) == 18
    sees = PROTOCOLS["bosphorus_65"].pretrain_on(views)
    assert {views.attributes[row]["kind"] for row, yes in enumerate(sees) if yes} == {"N", "E"}


def test_the_sixty_of_bosphorus_are_the_first_in_frozen_order_who_have_all_six(make_clips):
    views = bosphorus(make_clips)
    plan, classes = PROTOCOLS["bosphorus_60"].plan(views, 5)
    able = {who for who, said in zip(views.subjects, classes, strict=True) if said}
    assert set(plan.evaluated) == set([who for who in ORDERS["bosphorus"] if who in able][:60])


def test_across_teaches_on_one_set_and_tests_the_other(make_clips):
    views = across(make_clips)
    plan, classes = PROTOCOLS["bu4dfe_bp4d"].plan(views, 5)
    assert {who.split(":")[0] for who in plan.evaluated} == {"bp4d"}
    assert {who.split(":")[0] for group in plan.groups for who in group.pretraining} == {"bu4dfe"}
    assert {who.split(":")[0] for fold in plan.rounds[0].folds[1:] for who in fold} == {"bu4dfe"}
    assert set(classes) == {("happiness",), ("disgust",), ()}
    tested = {
        (views.attributes[row]["task"], said)
        for row, said in enumerate(classes)
        if said and views.subjects[row].startswith("bp4d")
    }
    assert tested == {("T1", ("happiness",)), ("T8", ("disgust",))}
    sees = PROTOCOLS["bu4dfe_bp4d"].pretrain_on(views)
    assert {views.subjects[row].split(":")[0] for row, yes in enumerate(sees) if yes} == {"bu4dfe"}
    assert "nobody is known to be in both" in plan.note


def test_several_labels_count_as_all_of_them_and_macro_expressions_do_not(make_clips):
    views = fourdme(make_clips)
    five, three = (PROTOCOLS[name].classify(views) for name in ("fourdme_5class", "fourdme_3class_loso"))
    for row, labels in enumerate(views.labels):
        micro = views.attributes[row]["kind"] == "micro"
        assert set(five[row]) == (set(labels) if micro else set())
        single = micro and len(labels) == 1 and labels[0] in ("Positive", "Negative", "Surprise")
        assert three[row] == (labels if single else ())


def test_clips_without_labels_do_not_count(make_clips):
    views = make_clips("fourdme", [("S1", ("Surprise", "Positive"), {}), ("S2", (), {})])
    assert PROTOCOLS["fourdme_5class"].classify(views) == (("Positive", "Surprise"), ())


@pytest.mark.parametrize(
    ("labels", "one"),
    [
        (("Positive",), ("Positive",)),
        (("Surprise",), ("Surprise",)),
        (("Repression",), ()),
        (("Others",), ()),
        (("Surprise", "Positive"), ()),
        (("Negative", "Others"), ()),
        ((), ()),
    ],
)
def test_the_setting_of_three_takes_single_labels_alone(make_clips, labels, one):
    views = make_clips("fourdme", [("S1", labels, {})])
    assert PROTOCOLS["fourdme_3class_loso"].classify(views) == (one,)


#: Protocol -> a release with too few subjects, and how it is called.
PARTIAL = {
    "bu3dfe_p1": (lambda clips: bu3dfe(clips, [f"F{n:04d}" for n in range(1, 31)]), "of 60 subjects"),
    "bu3dfe_p2": (lambda clips: bu3dfe(clips, [f"F{n:04d}" for n in range(1, 31)]), "30 of 100 subjects"),
    "bosphorus_65": (lambda clips: bosphorus(clips, whole=20), "20 of 65 subjects"),
    "bu4dfe_101": (lambda clips: bu4dfe(clips, [f"F{n:03d}" for n in range(1, 31)]), "30 of 101 subjects"),
    "bp4d_41": (lambda clips: bp4d(clips, ["F001", "F002", "M003"]), "3 of 41 subjects"),
    "bu4dfe_bp4d": (
        lambda clips: across(clips, [f"F{n:03d}" for n in range(1, 13)], ["F001", "F002"]),
        "12 of 101 subjects of BU-4DFE and 2 of 41 subjects of BP4D",
    ),
    "fourdme_5class": (lambda clips: fourdme(clips, 12), "12 of 41 subjects"),
    "fourdme_3class_loso": (lambda clips: fourdme(clips, 12), "12 of 41 subjects"),
}


@pytest.mark.parametrize("encoders", ENCODERS)
@pytest.mark.parametrize("name", PARTIAL)
def test_too_few_subjects_are_said_and_still_nobody_is_seen_twice(make_clips, name, encoders):
    make, said = PARTIAL[name]
    plan, _ = PROTOCOLS[name].plan(make(make_clips), encoders)
    assert said in plan.reduced
    for part in plan.rounds:
        for group in plan.groups:
            assert not set(group.pretraining) & {who for fold in group.folds for who in part.folds[fold]}


def test_a_handful_of_subjects_makes_as_many_folds_as_it_can(make_clips):
    six, _ = PROTOCOLS["bu3dfe_p2"].plan(bu3dfe(make_clips, ORDERS["bu3dfe"][:6]), 10)
    assert {tuple(map(len, part.folds)) for part in six.rounds} == {(1, 1, 1)}
    three, five = (PROTOCOLS["fourdme_5class"].plan(fourdme(make_clips, count), 10)[0] for count in (3, 5))
    assert (len(three.rounds[0].folds), three.note) == (3, "3 folds")
    assert (len(five.rounds[0].folds), five.note) == (5, "")


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("bu3dfe_p1", lambda clips: bu3dfe(clips, ORDERS["bu3dfe"][:20]), "none is left to pretrain on"),
        ("bu3dfe_p1", lambda clips: bu3dfe(clips, ORDERS["bu3dfe"][60:]), "cannot be tested by folds"),
        ("bu3dfe_p2", lambda clips: bu3dfe(clips, ["F0001", "F0002"]), "too few to draw from"),
        ("bosphorus_65", lambda clips: bosphorus(clips, whole=0), "none of the"),
        ("bu4dfe_101", lambda clips: bu4dfe(clips, ["F001"]), r"1 subject\(s\) cannot be tested"),
        ("bu4dfe_bp4d", lambda clips: across(clips, ["F001"], ["F001"]), "at least two and one"),
        ("fourdme_5class", lambda clips: fourdme(clips, 1), "cannot make"),
        ("fourdme_3class_loso", lambda clips: fourdme(clips, 1), "cannot be left out"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(make_clips, name, make, message):
    with pytest.raises(UserError, match=f"protocol {name}: .*{message}"):
        PROTOCOLS[name].plan(make(make_clips), 5)
