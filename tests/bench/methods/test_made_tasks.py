"""Every method of the table learns: it beats the random encoder where that is made hard; shuffled labels teach nobody.

A new method is asked at once, by the usual task; one that needs another stands in MADE.
"""

import dataclasses
from functools import cache

import numpy as np
import pytest

from bench.methods import METHODS, RIVALS
from bench.methods.method import Method
from tests.bench.campaigns import Quiet, campaign_in, run_campaign
from tests.bench.methods.tasks import (
    CLASSES,
    STRENGTH,
    show_courses,
    show_growths,
    show_motions,
    show_patterns,
    show_surfaces,
)

#: Epochs, task and strength of the augmentation of a method that is not listed below.
USUAL = (30, show_patterns, STRENGTH)
MADE = {
    **dict.fromkeys(("hog", "lbp"), (1, show_surfaces, 1.0)),
    "shapes": (1, show_patterns, STRENGTH),
    "lbp_top": (1, show_growths, 1.0),
    **dict.fromkeys(("vicreg", "vicreg_views", "mifar", "subject_pca"), (8, show_patterns, STRENGTH)),
    **dict.fromkeys(("measures_regression", "cluster_ce"), (12, show_patterns, STRENGTH)),
    "measures_linear": (1, show_patterns, STRENGTH),
    **dict.fromkeys(
        ("multiview_vlm", "smile_none", "smile_geometry", "smile_pseudo", "smile_label"), (10, show_growths, 1.0)
    ),
    **dict.fromkeys(("supervised", "supervised_front", "mvcnn"), (6, show_patterns, STRENGTH)),
    "view_transformer": (25, show_patterns, STRENGTH),
    **dict.fromkeys(("pointnet", "dgcnn"), (3, show_surfaces, 1.0)),
    "conv3d": (10, show_courses, 1.0),
    "temporal_transformer": (12, show_growths, 1.0),
    "flow_streams": (4, show_motions, 1.0),
    "frame_order": (12, show_courses, 1.0),
}
#: Method -> why nothing is asked of it.
NOTHING = {
    **dict.fromkeys(("chance", "majority", "pixels", "landmarks"), "a floor learns nothing"),
    "random": "is what all others are compared with",
    "smile_shuffled": "a control: its captions are those of other clips",
    "supervised_few": "has no encoder; see probes/test_from_scratch.py",
}
#: What takes less than two seconds; the others are asked by make test-slow.
QUICK = (
    *("hog", "lbp", "shapes", "measures_linear", "subject_pca"),
    *("supervised", "supervised_front", "mvcnn"),
)
ASKED = [
    pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow)
    for name in (*RIVALS, "finetuned_simclr")
    if name not in NOTHING
]
#: Methods with labels and an encoder; what is trained on is one of them.
TAUGHT = [
    pytest.param(name, marks=[pytest.mark.slow] * (name in ("dgcnn", "flow_streams", "smile_label")))
    for name in (*RIVALS, "finetuned_simclr")
    if METHODS[name].uses_labels and name not in NOTHING
]


def test_the_tables_name_methods_that_are_there():
    assert {*MADE, *NOTHING, *QUICK} <= set(METHODS)
    assert not set(MADE) & set(NOTHING)


@pytest.fixture(scope="module")
def beside(learn):
    """Returns what the random encoder reaches in a task, each asked once."""
    return cache(lambda task, strength: learn(METHODS["random"], 1, task, strength))


@pytest.mark.parametrize("name", ASKED)
def test_a_method_beats_the_random_encoder_on_a_task_made_for_it(name, learn, beside):
    epochs, task, strength = MADE.get(name, USUAL)
    assert learn(METHODS[name], epochs, task, strength) > beside(task, strength) + 0.05


@pytest.fixture(scope="module")
def film(make_views):
    """Faces on which every method can be measured, whose classes are plain, and the same with shuffled labels."""
    views = show_growths(make_views, 24, 0)
    mix = np.random.default_rng(0).permutation(len(views))
    return views, views.relabel([views.labels[row] for row in mix])


def measure(tmp_path, views, name):
    campaign = campaign_in(tmp_path, (), "quick", **{"training.epochs": 2, "training.batch_size": 24})
    campaign = dataclasses.replace(campaign, suite=dataclasses.replace(campaign.suite, methods=(name,)))
    (record,) = run_campaign(campaign, [views], Quiet())
    assert not record.reason, record.reason
    return record.metrics["accuracy"].value


@pytest.mark.slow
@pytest.mark.parametrize("name", TAUGHT)
def test_shuffled_labels_leave_a_row_at_chance(name, tmp_path, film):
    assert measure(tmp_path, film[1], name) == pytest.approx(1 / CLASSES, abs=0.13)  # three deviations of 72 guesses


def test_a_method_that_saw_tested_labels_is_not_at_chance(tmp_path, film, monkeypatch):
    known = {clip.tobytes(): label for clip, label in zip(film[1].images, film[1].labels, strict=True)}
    names = sorted(set(known.values()))

    class Cheat:
        def embed(self, views):
            told = [names.index(known[clip.tobytes()]) for clip in views.images]
            return np.eye(len(names), dtype=np.float32)[told]

    monkeypatch.setitem(METHODS, "cheat", Method("Cheat", "unsupervised", lambda *_: Cheat()))
    assert measure(tmp_path, film[1], "cheat") > 0.9
    assert measure(tmp_path / "true", film[0], "pixels") > 0.5
