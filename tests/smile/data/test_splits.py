"""Folds never share a subject, and are the same whatever the order of what they are drawn from."""

import numpy as np
import pytest

from smile.data.splits import apart, subject_folds
from smile.errors import UserError

SUBJECTS = [f"F{n:03d}" for n in range(1, 24)]


def test_every_subject_is_tested_exactly_once():
    folds = subject_folds(SUBJECTS, 10, seed=0).folds
    assert sorted(name for fold in folds for name in fold) == SUBJECTS
    assert {len(fold) for fold in folds} == {2, 3}


def test_order_and_repeats_of_the_clips_do_not_move_a_fold():
    shuffled = list(np.random.default_rng(1).permutation(SUBJECTS * 6))
    assert subject_folds(shuffled, 10, seed=0) == subject_folds(SUBJECTS, 10, seed=0)


def test_the_hash_tells_folds_apart():
    assert subject_folds(SUBJECTS, 10, seed=0).hash != subject_folds(SUBJECTS, 10, seed=1).hash
    assert subject_folds(SUBJECTS, 10, seed=0).hash != subject_folds(SUBJECTS[:-1], 10, seed=0).hash


def test_folds_are_frozen_for_ever():
    # A change of this hash makes every published number incomparable with the old ones.
    assert subject_folds(SUBJECTS, 10, seed=0).hash == "4aead1edaaec04bc"


@pytest.mark.parametrize(("subjects", "count"), [(["F001"], 1), (["F001"] * 6, 2), (SUBJECTS[:9], 10), ([], 0)])
def test_too_few_subjects_are_refused(subjects, count):
    with pytest.raises(UserError, match="subject"):
        subject_folds(subjects, count, seed=0)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 1.0])
def test_groups_apart_share_nobody_and_are_never_empty(fraction):
    first, second = apart(SUBJECTS, fraction, seed=3)
    assert first and second
    assert not set(first) & set(second)
    assert sorted(first + second) == SUBJECTS


def test_one_subject_cannot_be_set_apart():
    with pytest.raises(UserError):
        apart(["F001", "F001"], 0.5, seed=0)
