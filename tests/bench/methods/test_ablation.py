"""Each variant changes what its name says, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from bench.methods import METHODS
from bench.methods.ablation import MOST_VIEWS, VARIANTS, VIEWS, Variant
from bench.methods.method import fit_blind
from bench.methods.supervised import multiview
from bench.methods.vision_language import smile_vlm
from smile.config import Config, flatten, override

SMALL = override(Config(), {"training.epochs": 1, "training.batch_size": 6})


def quiet(*_):
    pass


def test_variants_differ_from_the_whole_by_one_thing():
    ours = {name: one.fit for name, one in VARIANTS.items() if isinstance(one.fit, Variant)}
    for name, variant in ours.items():
        changed = len(variant.changes) + (variant.arm != "geometry") + (variant.views != VIEWS)
        assert changed == (name != "full"), name
        assert set(variant.changes) <= set(flatten(Config()))
        assert VARIANTS[name].uses_labels == (variant.arm == "label")
    assert {variant.views for variant in ours.values()} == {1, 3, 5, 7}


@pytest.fixture
def seen_from(make_views):
    """Views from as many cameras as are asked for."""

    def make(cameras, **changes):
        views = make_views(size=16, **changes)
        return replace(views, images=np.resize(views.images, (len(views), cameras, *views.images.shape[2:])))

    return make


def test_the_whole_is_what_the_leaderboard_measures(seen_from):
    views = seen_from(VIEWS, subjects=3)
    both = [fit_blind(METHODS[name], views, SMALL, quiet).embed(views) for name in ("full", "smile_geometry")]
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "barlow_twins_reference"])
def test_a_variant_looks_at_its_views_alone(name, seen_from, monkeypatch):
    told = []
    monkeypatch.setattr(smile_vlm, "fit_arm", lambda _arm, views, *_: told.append(views.images.shape[1]))
    monkeypatch.setattr(multiview, "fit", lambda views, *_: told.append(views.images.shape[1]))
    fit = VARIANTS[name].fit
    fit(seen_from(MOST_VIEWS, subjects=1), None, SMALL, quiet)
    assert told == [fit.views if isinstance(fit, Variant) else VIEWS]
