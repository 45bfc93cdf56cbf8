"""Controls are taught the numbers that they say: components, measures and clusters, and learn them."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from bench.methods import METHODS
from bench.methods.controls.regression import Heads, classify_guess, regress_numbers
from bench.methods.controls.shuffled_captions import shuffle_captions
from bench.methods.controls.targets import find_components, guess_clusters, measure_faces
from bench.methods.method import Unsuitable, blank, fit_blind
from smile.captions.arms import write_captions
from smile.captions.axes import Axes, Said
from smile.captions.geometry import fit_captioner
from smile.config import Config, override
from smile.training.batches import Batches
from smile.training.pretraining import initialise
from tests.bench.methods.tasks import show_growths
from tests.bench.methods.workers import compare_workers

SMALL = override(Config(), {"training.epochs": 1, "training.batch_size": 8, "captions.clusters": 4})


def test_components_are_those_of_pictures_less_their_subjects_average(make_views):
    views = make_views(subjects=4, size=8)
    found = find_components(views.images, views.subjects, 5)
    pixels = views.images.reshape(4, 6, -1).astype(float)
    expected = PCA(5, whiten=True, svd_solver="full").fit_transform(
        (pixels - pixels.mean(1, keepdims=True)).reshape(24, -1)
    )
    expected *= np.sqrt(24 / 23)  # their deviations divide by one less
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-3, atol=1e-4)
    assert found.std(axis=0) == pytest.approx(1, rel=1e-4)


def test_who_a_clip_is_of_changes_the_components_and_their_order_does_not(make_views):
    views = make_views(subjects=4, size=8)
    found = find_components(views.images, views.subjects, 5)
    order = np.random.default_rng(0).permutation(24)
    moved = find_components(views.images[order], tuple(views.subjects[n] for n in order), 5)
    np.testing.assert_allclose(np.abs(moved), np.abs(found[order]), rtol=1e-3, atol=1e-4)
    others = find_components(views.images, views.subjects[1:] + views.subjects[:1], 5)
    assert not np.allclose(np.abs(others), np.abs(found), atol=0.1)


def test_one_clip_a_subject_leaves_nothing_to_regress(make_views):
    views = make_views(subjects=1, size=16)
    alone = dataclasses.replace(views, clips=tuple(dataclasses.replace(one, subject=one.id) for one in views.clips))
    with pytest.raises(Unsuitable, match="needs several clips of a subject"):
        fit_blind(METHODS["subject_pca"], alone, SMALL, lambda *_: None)


def test_measures_are_those_of_the_captions(make_views):
    views = make_views(subjects=3, size=8)
    captioner = fit_captioner(views.landmarks, views.landmark_scheme, views.subjects)
    np.testing.assert_array_equal(measure_faces(views), captioner.score(views.landmarks, views.subjects))


def test_clusters_are_the_prompts_of_pseudo_and_a_clip_without_landmarks_has_none(make_views):
    views = blank(make_views(subjects=4, size=8))
    views.landmarks[3] = np.nan
    numbers = guess_clusters(views, SMALL)
    said = write_captions(dataclasses.replace(SMALL.captions, arm="pseudo"), views, 0).sentences
    assert numbers[3] == -100 and said[3] == ""
    for first in range(len(views)):
        assert [numbers[first] == one for one in numbers] == [said[first] == one for one in said]


def heads(views, outputs):
    face = initialise(SMALL, views.images, None)
    return Heads(face, outputs)


def batch_of(views, targets):
    return Batches(views.images, SMALL.training, labels=targets)


def test_a_regression_is_the_smooth_distance_of_face_and_views_over_the_numbers_that_are_known(make_views):
    views = make_views(subjects=2, size=16)
    targets = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    targets[::2, 1] = torch.nan
    model, batch = heads(views, 3), batch_of(views, targets).read(0, torch.device("cpu"))
    told = model.tell(batch).detach().tolist()
    sums, count = [0.0] * 3, 0
    for clip, wanted in enumerate(batch.labels.tolist()):
        for k, right in enumerate(wanted):
            if right == right:
                gaps = [abs(one[clip][k] - right) for one in told]
                sums = [total + (gap - 0.5 if gap >= 1 else gap**2 / 2) for total, gap in zip(sums, gaps, strict=True)]
                count += 1
    expected = sums[0] / count + (sums[1] + sums[2]) / 2 / count
    assert regress_numbers(model, batch)["regression"].item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("objective", [regress_numbers, classify_guess])
def test_two_workers_have_the_gradient_of_one(objective, make_views, monkeypatch):
    views = make_views(subjects=2, size=16)
    targets = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    targets[:5] = torch.nan  # shared unevenly
    numbers = torch.tensor([0, 1, 2, -100, -100, -100, -100, 0, 1, -100, 2, 0])
    batches = batch_of(views, targets if objective is regress_numbers else numbers)
    compare_workers(heads(views, 3), objective, batches, monkeypatch)


def read_axes(method, taught, tested):
    """How far what a model reads from new faces, between the phrases of each axis, goes with their true measures."""
    settings = override(SMALL, {"training.epochs": 25, "training.batch_size": 24, "training.learning_rate": 3e-3})
    encoder = fit_blind(METHODS[method], taught, settings, lambda *_: None)
    axes = write_captions(settings.captions, tested, 0).axes
    vectors = [encoder.embed_jointly(tested), encoder.embed_sentences(axes.ends)]
    faces, words = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in vectors)
    low, high = np.split(faces @ words.T, 2, axis=1)
    return float(np.corrcoef((high - low).ravel(), axes.scores.ravel())[0, 1])


@pytest.mark.slow
def test_captions_of_other_clips_teach_nothing_of_what_they_say(make_views):
    views = show_growths(make_views, 18, 0)
    taught, tested = views.rows(range(72)), views.rows(range(72, 108))
    assert read_axes("smile_geometry", taught, tested) > 0.3
    assert abs(read_axes("smile_shuffled", taught, tested)) < 0.15


def test_shuffling_moves_every_caption_with_its_measures():
    sentences, scores = tuple("abcdefg"), np.arange(14.0).reshape(7, 2)
    said = Said(sentences, Axes((("low", "high"),) * 2, scores))
    moved = shuffle_captions(said, 0)
    assert sorted(moved.sentences) == list(sentences)
    assert all(one != other for one, other in zip(moved.sentences, sentences, strict=True))
    places = [sentences.index(one) for one in moved.sentences]
    np.testing.assert_array_equal(moved.axes.scores, scores[places])
    assert shuffle_captions(said, 1) != moved == shuffle_captions(said, 0)
