"""Every method keeps its contract: blind to labels, finite, repeatable, and looking where it says it looks."""

import dataclasses
import re
from functools import cache
from typing import get_args

import numpy as np
import pytest

from bench.methods import COMPARED, FINETUNED, METHODS, RIVALS
from bench.methods.method import Family, Later, Method, Unsuitable, blank, fit_blind
from bench.methods.sequences import SEQUENCES
from bench.methods.unsupervised.positives import Positives
from bench.probes.linear_probe import CLASSIFIERS
from smile.config import Config, override
from tests.bench.methods.tasks import leak
from tests.places import ROOT

SMALL = override(Config(), {"training.epochs": 1, "training.batch_size": 9, "training.warmup": 0.5})
#: Methods of code of their own; variants and what is trained on are made of the same code. Those of sequences, which
#: need other pictures, are checked in sequences/, and what has no encoder in probes/test_from_scratch.py.
CHECKED = [
    *(name for name in RIVALS if name not in (*SEQUENCES, "supervised_few")),
    "finetuned_simclr",
    "finetuned_smile_geometry",
    "full",
]
#: Methods that train for the epochs of the config.
TRAINED = [
    name
    for name in CHECKED
    if METHODS[name].family not in ("floor", "handcrafted")
    and not name.startswith(("finetuned", "random", "measures_l"))
]
FRONT = [name for name in TRAINED if METHODS[name].title.endswith("front view") or name == "supervised_front"]
MULTIVIEW = [name for name in (*TRAINED, "random", "measures_linear") if name not in FRONT]


def fit(name, views, config=SMALL, progress=lambda *_: None):
    return fit_blind(METHODS[name], views, config, progress)


@pytest.fixture(scope="module")
def fitted(make_views):
    """Name -> the method fitted once on three subjects, with the epochs that it reported."""

    @cache
    def once(name):
        told = []
        encoder = fit(name, make_views(subjects=3, size=16), progress=lambda *done: told.append(done))
        return encoder, told

    return once


def test_the_table_of_methods_is_sound():
    # Families of models from outside have no row of their own.
    assert {method.family for method in METHODS.values()} == set(get_args(Family)) - {"pretrained"}
    assert set(COMPARED) < set(RIVALS)
    assert not set(RIVALS) & set(FINETUNED)
    assert {method.classifier for method in METHODS.values()} <= set(CLASSIFIERS)
    assert len({method.title for method in METHODS.values()}) == len(METHODS)
    for method in METHODS.values():
        assert method.uses_labels == (method.family == "supervised")


def test_blank_views_tell_no_label_by_any_field(make_views, skipped):
    views = make_views(subjects=2, skipped=skipped)
    blind = blank(views)
    told = repr((blind.clips, blind.skipped)).lower()
    assert not any(word in told for word in {name for (name,) in views.labels})
    assert blind.images is views.images


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKED)
def test_a_method_gives_the_same_bytes_again_and_without_labels_whatever_is_planted(make_views, fitted, name):
    views, others = make_views(subjects=3, size=16), make_views(subjects=2, size=16, seed=1)
    embeddings = fitted(name)[0].embed(blank(others))
    assert embeddings.shape[0] == len(others)
    assert embeddings.ndim == 2
    assert embeddings.dtype == np.float32
    assert np.isfinite(embeddings).all()
    again = fit(name, views if METHODS[name].uses_labels else leak(views)).embed(blank(others))
    np.testing.assert_array_equal(embeddings, again)


def test_a_method_that_reads_what_is_planted_finds_nothing(make_views):
    def spy(views, labels, *_):
        found.append((labels, set(views.labels), {name for clip in views.clips for name in clip.attributes}))

    found = []
    fit_blind(Method("Spy", "unsupervised", spy), leak(make_views(subjects=2)), SMALL, None)
    assert found == [(None, {()}, set())]


@pytest.mark.parametrize("name", TRAINED)
def test_training_moves_the_encoder_and_its_progress_ends_at_the_last_epoch(make_views, fitted, name):
    views, (encoder, told) = make_views(subjects=3, size=16), fitted(name)
    assert told[-1] == (1, 1)
    # At a learning rate of next to nothing the same steps leave the encoder as it was drawn.
    still = fit(name, views, override(SMALL, {"training.learning_rate": 1e-30}))
    assert not np.allclose(encoder.embed(views), still.embed(views))


@pytest.mark.parametrize("name", [*FRONT, *MULTIVIEW])
def test_single_view_baselines_look_at_the_front_alone_and_the_others_at_the_sides(make_views, fitted, name):
    views, encoder = make_views(subjects=3, size=16), fitted(name)[0]
    turned = views.images.copy()
    turned[:, 1:] = 255 - turned[:, 1:]
    changed = not np.array_equal(encoder.embed(views), encoder.embed(dataclasses.replace(views, images=turned)))
    assert changed == (name in MULTIVIEW)


@pytest.mark.parametrize("name", ["simclr", "byol", "mae"])
def test_single_view_baselines_are_trained_on_the_front_alone(make_views, fitted, name):
    views = make_views(subjects=3, size=16)
    front = fit(name, dataclasses.replace(views, images=views.images[:, :1]))
    np.testing.assert_array_equal(front.embed(views), fitted(name)[0].embed(views))


@pytest.mark.parametrize("name", [name for name in CHECKED if METHODS[name].uses_labels])
def test_a_method_that_uses_labels_changes_with_them(make_views, fitted, name):
    views = make_views(subjects=3, size=16)
    other = fit(name, views.relabel(views.labels[::-1])).embed(views)
    assert not np.array_equal(fitted(name)[0].embed(views), other)


@pytest.mark.parametrize("name", [name for name in CHECKED if METHODS[name].knows not in ("nothing", "who", "labels")])
@pytest.mark.parametrize("missing", ["field", "every clip"])
def test_what_needs_landmarks_says_so(make_views, name, missing):
    views = make_views(subjects=3, size=16)
    landmarks = None if missing == "field" else np.full_like(views.landmarks, np.nan)
    with pytest.raises(Unsuitable, match="needs landmarks"):
        fit(name, dataclasses.replace(views, landmarks=landmarks))


def test_a_clip_without_landmarks_gets_the_average_displacement(make_views):
    views = make_views(subjects=3)
    landmarks = views.landmarks.copy()
    landmarks[0, 1, 5] = np.nan
    embedding = fit("landmarks", views).embed(dataclasses.replace(views, landmarks=landmarks))
    moved = views.landmarks[:, 1] - views.landmarks[:, 0]
    np.testing.assert_allclose(embedding[0].reshape(83, 3)[5], moved.mean(0)[5], rtol=1e-5)
    np.testing.assert_array_equal(embedding[0].reshape(83, 3)[6], moved[0, 6])


def test_single_scans_are_measured_from_the_average_face_of_pretraining(make_views):
    views = make_views(subjects=3)
    still = views.landmarks.copy()
    still[:, 0] = still[:, 1]
    embedding = fit("landmarks", dataclasses.replace(views, landmarks=still)).embed(
        dataclasses.replace(views, landmarks=still)
    )
    expected = still[:, 1] - still[:, 1].mean(0)
    np.testing.assert_allclose(embedding.reshape(expected.shape), expected, atol=1e-5)


def test_a_landmark_that_no_clip_has_says_nothing(make_views):
    views = make_views(subjects=2)
    landmarks = views.landmarks.copy()
    landmarks[:, :, 7] = np.nan
    embedding = fit("landmarks", dataclasses.replace(views, landmarks=landmarks)).embed(
        dataclasses.replace(views, landmarks=landmarks)
    )
    assert not embedding.reshape(len(views), 83, 3)[:, 7].any()


def test_pixels_are_the_pictures(make_views):
    views = make_views(subjects=2)
    np.testing.assert_array_equal(fit("pixels", views).embed(views), views.images.reshape(12, -1))


def test_a_fit_that_is_imported_when_it_is_called_is_there():
    fits = [method.fit for method in METHODS.values()]
    later = [fit.learner if isinstance(fit, Positives) else fit for fit in fits]
    later = [one for one in later if isinstance(one, Later)]
    assert len(later) > 20 and all(callable(one.load()) for one in later)


def test_the_document_of_methods_lists_each_with_what_it_knows():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs/methods.md").read_text().splitlines()
        if line.startswith("| `")
    ]
    told = {name: row for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert set(RIVALS) <= set(told)
    for name, method in RIVALS.items():
        assert told[name][2] == method.knows
        assert method.title.startswith(told[name][1])
