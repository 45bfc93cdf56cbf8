"""Histograms count what they say: directions of edges, patterns, and the shape of a surface."""

import dataclasses

import numpy as np
import pytest

from bench.methods import METHODS
from bench.methods.handcrafted.histograms import CELLS, KINDS, count_gradients, count_patterns, count_shapes
from bench.methods.method import Unsuitable

ACROSS, DOWN = np.meshgrid(np.arange(32), np.arange(32))


def bins(counted, number):
    """Average share of each bin over the cells."""
    return counted.reshape(-1, number).mean(axis=0)


def bowl(sign):
    return (128 + sign * 0.4 * ((ACROSS - 15.5) ** 2 + (DOWN - 15.5) ** 2)).clip(0, 255).astype(np.uint8)


def test_gradients_of_stripes_lie_in_one_direction():
    stripes = (127 + 100 * np.sin(ACROSS)).astype(np.uint8)
    upright, lying = (bins(count_gradients(one), 9) for one in (stripes, stripes.T))
    assert upright.argmax() == 0 and lying.argmax() == 4
    assert upright.max() > 10 * np.sort(upright)[-2]


def test_patterns_of_a_flat_picture_are_all_the_same_and_ignore_brightness():
    inner = count_patterns(np.full((32, 32), 90, np.uint8)).reshape(CELLS, CELLS, 59)[1:-1, 1:-1]
    assert (inner.max(axis=2) == 1).all() and len(set(inner.argmax(axis=2).flat)) == 1
    noise, other = np.random.default_rng(0).integers(0, 100, (2, 32, 32)).astype(np.uint8)
    # Neighbours at corners are interpolated, so that a tie may fall either way.
    changed = [np.abs(count_patterns(noise) - count_patterns(one)).mean() for one in (noise + 100, other)]
    assert changed[0] < 0.002 < 0.01 < changed[1]
    assert count_patterns(noise).reshape(CELLS**2, 59).sum(axis=1) == pytest.approx(1)


def test_a_bowl_is_a_cup_and_upside_down_a_cap_and_a_plane_has_no_shape():
    cells = CELLS**2 * KINDS
    cup, cap = (bins(count_shapes(bowl(sign))[:cells], KINDS) for sign in (1, -1))
    assert {int(cup.argmax()), int(cap.argmax())} == {0, KINDS - 1}
    plane = count_shapes(np.full((32, 32), 50, np.uint8))
    assert not plane[:cells].any()
    assert bins(plane[cells:], KINDS).argmax() == 0


def test_stronger_curvature_falls_into_a_higher_bin():
    strong, weak = (bins(count_shapes(one)[CELLS**2 * KINDS :], KINDS).argmax() for one in (bowl(1), bowl(0.2)))
    assert strong > weak


def test_shapes_are_read_from_heights_alone(make_views):
    views = dataclasses.replace(make_views(subjects=1, size=16), planes=("normals",))
    encoder = METHODS["shapes"].fit(views, None, None, None)
    with pytest.raises(Unsuitable, match="needs one of the channels depth, movement_depth"):
        encoder.embed(views)
