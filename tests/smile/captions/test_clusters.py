"""Guessed classes: clusters are found and named, in any order of faces, and labels have no way in."""

import numpy as np
import pytest

from smile.captions.clusters import COMPONENTS, find_classes, guess_classes, name_motions, reduce_pictures
from smile.captions.prompts import WORDINGS, find_wording
from smile.captions.prototypes import expect_score
from smile.data.face import EXPRESSIONS
from smile.errors import UserError
from smile.sets.readers import READERS


def faces(count=60, noise=0.5, seed=0):
    """Scores of faces that act a prototype each, and which."""
    rng = np.random.default_rng(seed)
    acted = rng.integers(0, 6, count)
    prototypes = np.stack([expect_score(WORDINGS[name].looks) for name in EXPRESSIONS])
    return prototypes[acted] + noise * rng.normal(size=(count, 12)), [EXPRESSIONS[k] for k in acted]


def test_faces_that_act_the_prototypes_are_guessed():
    scores, acted = faces()
    guesses = guess_classes(scores, scores, 6, seed=0)
    assert np.mean([guess == truth for guess, truth in zip(guesses, acted, strict=True)]) > 0.95


def test_the_order_of_faces_does_not_matter():
    scores, _ = faces(noise=0.2)
    assert guess_classes(scores[::-1], scores[::-1], 6, seed=0)[::-1] == guess_classes(scores, scores, 6, seed=0)


def test_a_face_without_features_is_not_guessed_and_spoils_no_other():
    scores, _ = faces(noise=0.2)
    holed = np.concatenate([scores, np.full((1, 12), np.nan)])
    assert guess_classes(holed, holed, 6, seed=0) == [*guess_classes(scores, scores, 6, seed=0), ""]
    assert guess_classes(holed[-1:], holed[-1:], 6, seed=0) == [""]


def test_a_measure_that_is_missing_everywhere_is_left_out():
    scores, acted = faces(noise=0.2)
    scores[:, 3] = np.nan
    guesses = guess_classes(np.delete(scores, 3, axis=1), scores, 6, seed=0)
    assert np.mean([guess == truth for guess, truth in zip(guesses, acted, strict=True)]) > 0.8


def test_fewer_faces_than_clusters_are_enough():
    scores, _ = faces(3)
    assert all(guess in EXPRESSIONS for guess in guess_classes(scores, scores, 12, seed=0))


def test_a_class_without_prototype_is_one_error():
    for name in ("others", "boredom"):
        with pytest.raises(UserError, match=f"{name!r} has no prototype"):
            name_motions(np.zeros((1, 12)), ("anger", name))


def test_a_weak_prototype_is_named_as_a_strong_one():
    names = (*EXPRESSIONS, "pain", "startle", "contempt", "repression")
    looks = np.stack([expect_score(WORDINGS[name].looks) for name in names])
    assert name_motions(looks, names) == name_motions(0.1 * looks, names) == list(names)
    looks[:, 0] = np.nan
    assert name_motions(looks, names) == name_motions(np.nan_to_num(looks), names)


def test_a_group_is_named_by_its_mean_over_what_was_measured():
    rng = np.random.default_rng(0)
    for _ in range(40):
        scores = rng.normal(size=(8, 12))
        scores[1:][rng.random((7, 12)) < 0.6] = np.nan
        (name,) = name_motions(np.nanmean(scores, axis=0)[None], EXPRESSIONS)
        assert guess_classes(np.ones((8, 2)), scores, 6, seed=0) == [name] * 8


def test_the_seed_alone_decides_on_clusters_and_equal_faces_are_one():
    scores, _ = faces(noise=3.0)
    assert len({tuple(guess_classes(scores, scores, 6, seed=0)) for _ in range(3)}) == 1
    twins = np.repeat(scores[:2], 10, axis=0)
    assert len(set(guess_classes(twins, twins, 6, seed=0))) <= 2


def test_pictures_keep_their_distances_where_there_are_few():
    images = np.random.default_rng(0).integers(0, 256, (8, 2, 1, 4, 4), dtype=np.uint8)
    flat, reduced = images.reshape(8, -1).astype(float), reduce_pictures(images)
    for pair in ((0, 1), (2, 7)):
        assert np.linalg.norm(np.diff(reduced[list(pair)], axis=0)) == pytest.approx(
            np.linalg.norm(np.diff(flat[list(pair)], axis=0)), rel=1e-4
        )


def test_many_pictures_are_reduced_to_their_principal_components():
    images = np.random.default_rng(0).integers(0, 256, (60, 2, 1, 8, 8), dtype=np.uint8)
    reduced = reduce_pictures(images)
    assert reduced.shape == (60, COMPONENTS)
    covariance = np.cov(reduced.T)
    np.testing.assert_allclose(covariance - np.diag(covariance.diagonal()), 0, atol=1e-2 * covariance.max())
    largest = np.linalg.eigvalsh(np.cov(images.reshape(60, -1).T))[::-1][:COMPONENTS]
    np.testing.assert_allclose(covariance.diagonal(), largest, rtol=1e-3)


def test_faces_are_guessed_to_show_the_classes_of_their_data_set():
    assert find_classes("synthetic") == find_classes("ict") == find_classes("manifest") == EXPRESSIONS
    assert set(find_classes("bu3dfe")) == {*EXPRESSIONS, "neutral"}
    assert "pain" in find_classes("bp4d") and "startle" in find_classes("bp4dplus")
    assert find_classes("fourdme") == ("Positive", "Negative", "Surprise", "Repression")
    for data_set in READERS:
        classes = find_classes(data_set)
        looks = np.stack([expect_score(find_wording(name).looks) for name in classes])
        assert set(guess_classes(looks, looks, len(classes), 0, classes)) == set(classes), data_set
