"""Folds never share a subject, and are the same whatever the order of what they are drawn from."""

import collections
import random

import pytest

from smile.data.splits import apart, deal, digest, order_subjects, stratified_folds, subject_folds
from smile.errors import UserError

SUBJECTS = [f"F{n:03d}" for n in range(1, 24)]


def shuffled(items, seed=1):
    return random.Random(seed).sample(items, len(items))


def test_every_subject_is_tested_exactly_once():
    folds = subject_folds(SUBJECTS, 10, "a")
    assert folds.subjects == tuple(SUBJECTS)
    assert {len(fold) for fold in folds.folds} == {2, 3}


def test_order_and_repeats_of_the_clips_do_not_move_a_fold():
    assert subject_folds(shuffled(SUBJECTS * 6), 10, "a") == subject_folds(SUBJECTS, 10, "a")
    assert order_subjects(shuffled(SUBJECTS * 2), "a") == order_subjects(SUBJECTS, "a")


def test_the_hash_tells_folds_apart():
    assert subject_folds(SUBJECTS, 10, 0).hash != subject_folds(SUBJECTS, 10, 1).hash
    assert subject_folds(SUBJECTS, 10, 0).hash != subject_folds(SUBJECTS[:-1], 10, 0).hash
    assert digest([1, "a"]) == digest((1, "a")) != digest([1, "b"])


def test_folds_are_frozen_for_ever():
    # A change of this hash makes every published number incomparable with the old ones.
    assert subject_folds(SUBJECTS, 10, "any", "tenfold", 1).hash == "9157905af6c7c8e6"


def test_an_order_is_as_good_as_shuffled():
    # Over many keys everyone stands first about equally often: 2,300 draws, 23 subjects, a deviation of 10.
    first = collections.Counter(order_subjects(SUBJECTS, "round", k)[0] for k in range(2300))
    assert set(first) == set(SUBJECTS)
    assert all(60 < count < 140 for count in first.values())


def test_keys_are_told_apart_part_by_part():
    assert order_subjects(SUBJECTS, "ab", "c") != order_subjects(SUBJECTS, "a", "bc")


def test_cards_are_dealt_in_turn():
    assert deal(["d", "a", "c", "b", "e"], 2).folds == (("c", "d", "e"), ("a", "b"))


@pytest.mark.parametrize(("subjects", "count"), [(["F001"], 1), (["F001"] * 6, 2), (SUBJECTS[:9], 10), ([], 0)])
def test_too_few_subjects_are_refused(subjects, count):
    with pytest.raises(UserError, match="subject"):
        subject_folds(subjects, count, "a")


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 1.0])
def test_groups_apart_share_nobody_and_are_never_empty(fraction):
    first, second = apart(SUBJECTS, fraction, 3)
    assert first and second
    assert not set(first) & set(second)
    assert sorted(first + second) == SUBJECTS


def test_one_subject_cannot_be_set_apart():
    with pytest.raises(UserError):
        apart(["F001", "F001"], 0.5, 0)


def uneven(seed, subjects=41):
    """Subject -> labels as uneven as micro-expressions are: some classes rare, some subjects with many clips."""
    rng = random.Random(seed)
    names = ("negative", "positive", "surprise", "repression", "others")
    return {
        f"S{n:02d}": tuple(rng.choices(names, weights=(50, 20, 15, 5, 10), k=rng.randint(1, 14)))
        for n in range(subjects)
    }


def unevenness(labels, folds):
    """Mean over labels of how far, at most, a fold's share of the label is from the fair one."""
    found = sorted({label for own in labels.values() for label in own})
    totals = collections.Counter(label for own in labels.values() for label in own)
    shares = [
        [sum(labels[name].count(label) for name in fold) / totals[label] for fold in folds.folds] for label in found
    ]
    return sum(max(abs(share - 1 / len(folds.folds)) for share in row) for row in shares) / len(shares)


@pytest.mark.parametrize("seed", range(5))
def test_stratified_folds_share_nobody_and_are_much_more_even_than_drawn_ones(seed):
    labels = uneven(seed)
    folds = stratified_folds(labels, 5, "a")
    assert folds.subjects == tuple(sorted(labels))
    drawn = [unevenness(labels, subject_folds(list(labels), 5, k)) for k in range(20)]
    assert unevenness(labels, folds) < min(drawn)


def test_stratified_folds_do_not_depend_on_the_order_of_subjects_or_labels():
    labels = uneven(0)
    turned = {name: tuple(shuffled(list(labels[name]))) for name in shuffled(list(labels))}
    assert stratified_folds(turned, 5, "a") == stratified_folds(labels, 5, "a")
    assert stratified_folds(labels, 5, "a").hash == "ad3e96eb4a9a71e4"


def test_subjects_without_labels_are_dealt_too_and_too_few_are_refused():
    labels = {**uneven(0, 6), "S98": (), "S99": ()}
    assert len(stratified_folds(labels, 3, "a").subjects) == 8
    with pytest.raises(UserError, match="stratified"):
        stratified_folds(uneven(0, 2), 3, "a")
