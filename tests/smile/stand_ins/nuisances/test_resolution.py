"""A coarse scan has as many vertices as were asked for, on the same surface."""

from dataclasses import replace

import numpy as np
import pytest

from smile.data.face import Scan
from smile.stand_ins.nuisances.resolution import thin_out
from tests.smile.rendering.faces import landmarks, mesh, relief

POINTS, TRIANGLES = mesh(step=2.0)
FACE = Scan(POINTS, TRIANGLES, landmarks())


@pytest.mark.parametrize("share", [0.5, 0.25, 0.1])
def test_the_share_of_vertices_is_the_one_asked_for(share):
    coarse = thin_out(FACE, share)
    assert len(coarse.vertices) == pytest.approx(share * len(POINTS), rel=0.03)
    assert coarse.triangles.min() >= 0 and set(np.unique(coarse.triangles)) <= set(range(len(coarse.vertices)))
    assert coarse.landmarks is FACE.landmarks
    x, y, z = coarse.vertices.astype(float).T
    inside = np.hypot(x / 60, (y - 5) / 74) < 1
    assert np.abs(relief(x, y) - z)[inside].mean() < 0.35 / share**0.5


def test_vertices_of_no_triangle_do_not_count():
    stray = replace(
        FACE, vertices=np.concatenate([np.full((500, 3), 900, np.float32), POINTS]), triangles=TRIANGLES + 500
    )
    one, two = thin_out(FACE, 0.25), thin_out(stray, 0.25)
    assert one.vertices.tobytes() == two.vertices.tobytes() and one.triangles.tobytes() == two.triangles.tobytes()


def test_no_triangle_is_there_twice_or_folds_over():
    rough = POINTS + np.random.default_rng(0).normal(0, 1.0, POINTS.shape).astype(np.float32)
    # Coordinates of a texture keep the numbers that a triangle's corners had before.
    coarse = thin_out(Scan(rough, TRIANGLES, uv=np.zeros((len(rough), 2), np.float32)), 0.25)
    assert len(np.unique(np.sort(coarse.triangles, axis=1), axis=0)) == len(coarse.triangles)
    sides = [find_areas(coarse.vertices[coarse.triangles]), find_areas(rough[coarse.triangles_uv])]
    assert ((sides[0] * sides[1]).sum(axis=1) > 0).all()


def find_areas(corners):
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def test_colours_and_texture_go_along():
    uv = (POINTS[:, :2] / 200 + 0.5).astype(np.float32)
    dyed = replace(FACE, colours=np.clip(POINTS / 200 + 0.5, 0, 1), uv=uv)
    coarse = thin_out(dyed, 0.25)
    assert coarse.colours == pytest.approx(np.clip(coarse.vertices / 200 + 0.5, 0, 1), abs=1e-5)
    middle = coarse.vertices[coarse.triangles][..., :2].mean(axis=1) / 200 + 0.5
    assert np.abs(uv[coarse.triangles_uv].mean(axis=1) - middle).max() < 0.03
