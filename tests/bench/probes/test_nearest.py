"""The nearest clip is found by plain loops too, and neither a fold nor a clip answers for itself."""

import dataclasses

import numpy as np
import pytest

from bench.methods.method import Unsuitable
from bench.probes.kernel import make_kernel
from bench.probes.nearest import probe_identity, probe_nearest
from tests.bench.probes.exams import accuracy, make_exam


def standardise(embeddings):
    scaled = embeddings.astype(float)
    scaled = (scaled - scaled[::2].mean(0)) / scaled[::2].std(0)
    return scaled / np.linalg.norm(scaled, axis=1, keepdims=True)


def test_the_class_is_that_of_the_clip_at_the_smallest_angle_in_another_fold():
    exam, embeddings = make_exam()
    unit, folds = standardise(embeddings), exam.rounds[0].folds
    found = {one.clip: one.predicted for one in probe_nearest(exam).answers}
    for row, clip in enumerate(exam.clips):
        others = [other for other in range(len(unit)) if folds[other] != folds[row]]
        nearest = max(others, key=lambda other: float(unit[row] @ unit[other]))
        assert found[clip.id] == exam.clips[nearest].labels


def test_who_it_is_is_told_by_the_nearest_other_clip():
    exam, embeddings = make_exam()
    unit = standardise(embeddings)
    for row, one in enumerate(probe_identity(exam).answers):
        nearest = max((other for other in range(len(unit)) if other != row), key=lambda other: unit[row] @ unit[other])
        assert (one.truth, one.predicted) == ((exam.clips[row].subject,), (exam.clips[nearest].subject,))


def test_an_embedding_of_identity_knows_it_and_one_of_expressions_does_not():
    exam, _ = make_exam(noise=0.5)
    assert accuracy(probe_identity(exam))["accuracy"] < 0.3
    who = np.eye(12)[[int(clip.subject[1:]) for clip in exam.clips]] + 0.1 * np.random.default_rng(0).random((144, 12))
    knows = make_kernel(who.astype(np.float32), who.astype(np.float32))
    assert accuracy(probe_identity(dataclasses.replace(exam, kernel=knows)))["accuracy"] == 1.0


def test_an_embedding_without_content_has_no_nearest_clip_and_chance_still_guesses():
    exam, _ = make_exam()
    blind = dataclasses.replace(exam, kernel=make_kernel(np.zeros((144, 1), np.float32), np.zeros((9, 1), np.float32)))
    for probe in (probe_nearest, probe_identity):
        with pytest.raises(Unsuitable, match="no clip is nearest"):
            probe(blind)
    guess = dataclasses.replace(blind, classifier="uniform")
    assert accuracy(probe_nearest(guess))["accuracy"] == pytest.approx(1 / 6, abs=0.1)
    with pytest.raises(Unsuitable, match="not subjects"):
        probe_identity(guess)


def test_a_clip_under_a_condition_is_compared_with_clean_ones_and_never_with_its_own_clean_version():
    exam, _ = make_exam(noise=4.0, shown=lambda clean: clean)
    same, _ = make_exam(noise=4.0)
    assert probe_identity(exam) == probe_identity(same) and probe_nearest(exam) == probe_nearest(same)
    gone, _ = make_exam(noise=0.3, shown=lambda clean: np.roll(clean, 1, axis=0))
    assert accuracy(probe_nearest(gone))["accuracy"] < 0.1
