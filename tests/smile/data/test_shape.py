"""What is no surface of a face is named before it is drawn: a flat mesh, a triangle, mixed winding, hair."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from smile.data.face import Scan
from smile.data.shape import tell_amiss
from tests.smile.rendering.faces import mesh

POINTS, TRIANGLES = mesh()


def turn(points, seed):
    return Rotation.random(rng=np.random.default_rng(seed)).apply(points).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("step", [2.0, 9.0])
def test_a_face_is_taken_however_it_is_turned_and_from_whichever_side_it_is_wound(seed, step):
    points, triangles = mesh(step=step)
    assert tell_amiss(Scan(turn(points, seed), triangles)) == ""
    assert tell_amiss(Scan(turn(points, seed), triangles[:, ::-1])) == ""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("depth", [0.0, 0.01, 0.1])
def test_a_flat_face_is_refused_however_it_is_turned(seed, depth):
    flat = POINTS * np.float32([1, 1, 0]) + np.float32([0, 0, depth]) * POINTS
    assert "flat" in tell_amiss(Scan(turn(flat, seed), TRIANGLES))


def test_one_triangle_among_the_points_of_a_face_is_refused():
    assert "flat" in tell_amiss(Scan(POINTS, TRIANGLES[700:701]))
    assert "flat" in tell_amiss(Scan(np.float32([[0, 0, 0], [90, 10, 40], [20, 150, 30]]), np.int32([[0, 1, 2]])))


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_winding_that_changes_from_triangle_to_triangle_is_refused(share):
    flipped = np.random.default_rng(0).random(len(TRIANGLES)) < share
    mixed = np.where(flipped[:, None], TRIANGLES[:, ::-1], TRIANGLES)
    assert "wound the wrong way" in tell_amiss(Scan(POINTS, mixed))


def test_triangles_between_points_of_a_cloud_are_refused():
    rng = np.random.default_rng(2)
    points = rng.uniform(-80, 80, (60, 3)).astype(np.float32)
    soup = np.array([rng.permutation(60)[:3] for _ in range(900)], np.int32)
    assert "face all ways" in tell_amiss(Scan(points, soup))


@pytest.mark.parametrize(
    ("points", "triangles", "said"),
    [
        (POINTS, TRIANGLES[:0], "has no triangles"),
        (POINTS, TRIANGLES + 5, "out of range"),
        (np.where(np.arange(len(POINTS))[:, None] == 3, np.nan, POINTS), TRIANGLES, "not finite"),
        (POINTS * np.float32(1 / 25.4), TRIANGLES, "inches"),
        (POINTS * np.float32(1 / 304.8), TRIANGLES, "feet"),
    ],
)
def test_what_cannot_be_drawn_is_named(points, triangles, said):
    assert said in tell_amiss(Scan(points.astype(np.float32), triangles))
