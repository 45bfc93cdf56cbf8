import numpy as np
import pytest
import trimesh

from smile.rendering.raster.curvature import find_curvatures
from smile.rendering.raster.surface import find_normals


def curvatures(vertices, triangles):
    vertices, triangles = np.asarray(vertices, dtype=np.float32), np.asarray(triangles, dtype=np.int32)
    return find_curvatures(vertices, triangles, find_normals(vertices, triangles))


def sheet(height, step=1.0, noise=0.0):
    """A height field over +-30 mm, and which of its vertices lie well inside."""
    axis = np.arange(-30, 30 + step / 2, step)
    x, y = np.meshgrid(axis, axis)
    a = (np.arange(len(axis) - 1)[:, None] * len(axis) + np.arange(len(axis) - 1)).ravel()
    triangles = np.concatenate(
        [np.stack([a, a + 1, a + len(axis)], 1), np.stack([a + 1, a + 1 + len(axis), a + len(axis)], 1)]
    )
    points = np.stack([x.ravel(), y.ravel(), height(x, y).ravel()], axis=1)
    return points + noise * np.random.default_rng(0).standard_normal(points.shape), triangles


MIDDLE = 30 * 61 + 30

SHAPES = {
    "cap": (lambda x, y: -(x**2) / 60 - y**2 / 200, (1 / 30, 1 / 100)),
    "cup": (lambda x, y: x**2 / 60 + y**2 / 200, (-1 / 100, -1 / 30)),
    "ridge": (lambda x, _: np.sqrt(50**2 - x**2), (1 / 50, 0)),
    "rut": (lambda x, _: -np.sqrt(50**2 - x**2), (0, -1 / 50)),
    "saddle": (lambda x, y: (x**2 - y**2) / 100, (1 / 50, -1 / 50)),
    "turned saddle": (lambda x, y: x * y / 50, (1 / 50, -1 / 50)),
    "plane": (lambda x, y: 0.5 * x - y, (0, 0)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_bend_as_their_formulas_say(shape):
    height, wanted = SHAPES[shape]
    np.testing.assert_allclose(curvatures(*sheet(height))[MIDDLE], wanted, atol=6e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_noise_of_a_scanner_hardly_bends_a_surface(shape):
    height, wanted = SHAPES[shape]
    found = curvatures(*sheet(height, noise=0.1)).reshape(61, 61, 2)[20:41, 20:41]
    np.testing.assert_allclose(np.median(found, axis=(0, 1)), wanted, atol=3e-3)
    assert found.std(axis=(0, 1)).max() < 5e-3


@pytest.mark.parametrize("radius", [15.0, 70.0])
def test_a_ball_bends_by_one_over_its_radius_everywhere(radius):
    ball = trimesh.creation.icosphere(subdivisions=5, radius=radius)
    found = curvatures(ball.vertices, ball.faces) * radius
    assert np.abs(np.median(found, axis=0) - 1).max() < 0.02 and np.percentile(np.abs(found - 1), 99) < 0.1
    inside_out = curvatures(ball.vertices, ball.faces[:, ::-1]) * radius
    np.testing.assert_allclose(inside_out, -found[:, ::-1], atol=1e-4)


def test_a_turned_surface_bends_alike_and_a_larger_one_less():
    points, triangles = sheet(SHAPES["cap"][0])
    turn = trimesh.transformations.rotation_matrix(1.1, [1, 2, 3])[:3, :3]
    found = curvatures(points, triangles)
    np.testing.assert_allclose(curvatures(points @ turn.T, triangles), found, atol=2e-5)
    assert curvatures(points * 2, triangles)[MIDDLE, 0] == pytest.approx(found[MIDDLE, 0] / 2, rel=0.03)


def test_what_has_no_area_does_not_bend():
    points = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [20, 0, 0], [5, 5, 5]], dtype=float)
    found = curvatures(points, [[0, 1, 2], [0, 1, 3], [1, 1, 1]])
    assert np.isfinite(found).all() and (found[4] == 0).all()
    assert curvatures(np.zeros((3, 3)), np.zeros((0, 3))).shape == (3, 2)
