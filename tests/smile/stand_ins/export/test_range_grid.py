"""A grid holds the first surface on each line of sight, where a plane's equation says it is."""

import numpy as np
import pytest

from smile.data.face import Scan
from smile.stand_ins.export.range_grid import sample_grid

PLANE = np.array([[0, 0], [10, 0], [10, 6], [0, 6]])
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def plane(tilt=(0.5, -0.25), z=10.0, corners=PLANE):
    return np.column_stack([corners, z + corners @ np.array(tilt)]).astype(np.float32)


@pytest.mark.parametrize("step", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("turned", [False, True])
def test_points_lie_on_the_plane(step, turned):
    triangles = TRIANGLES[:, ::-1].copy() if turned else TRIANGLES
    grid = sample_grid(Scan(plane(), triangles), step)
    assert grid.points.shape == (int(6 / step) + 1, int(10 / step) + 1, 3)
    x, y, z = np.moveaxis(grid.points, 2, 0)
    np.testing.assert_allclose(x, np.broadcast_to(step * np.arange(x.shape[1]), x.shape))
    np.testing.assert_allclose(y, np.broadcast_to(step * np.arange(x.shape[0])[:, None], x.shape))
    np.testing.assert_allclose(z, 10 + 0.5 * x - 0.25 * y, rtol=1e-5)


def test_what_is_nearer_to_the_sensor_hides_what_is_behind():
    small = PLANE * 0.5 + [2.5, 1.5]
    vertices = np.concatenate([plane((0, 0), 10.0), plane((0, 0), 20.0, small)])
    for order in ([0, 1], [1, 0]):
        triangles = np.concatenate([TRIANGLES + 4 * number for number in order])
        depth = sample_grid(Scan(vertices, triangles), 1.0).points[..., 2]
        assert depth[3, 5] == 20 and depth[0, 0] == 10 and set(np.unique(depth)) == {10, 20}


def test_lines_that_meet_nothing_are_nan():
    grid = sample_grid(Scan(plane(), TRIANGLES[:1]), 1.0)
    seen = np.isfinite(grid.points).all(axis=2)
    assert not seen[6, 0] and seen[0, 10] and seen[6, 10]
    assert (np.isnan(grid.points).all(axis=2) == ~seen).all()


def test_texture_coordinates_are_carried_over_or_made_of_the_grid():
    uv = np.array([[0.2, 0.1], [0.8, 0.1], [0.8, 0.9], [0.2, 0.9], [0, 0]], np.float32)
    grid = sample_grid(Scan(plane(), TRIANGLES, uv=uv, triangles_uv=TRIANGLES), 1.0)
    np.testing.assert_allclose(grid.places[..., 0], np.broadcast_to(np.linspace(0.2, 0.8, 11), (7, 11)), atol=1e-6)
    np.testing.assert_allclose(grid.places[:, 3, 1], np.linspace(0.1, 0.9, 7), atol=1e-6)
    plain = sample_grid(Scan(plane(), TRIANGLES), 1.0)
    assert plain.places[0, 0].tolist() == [0, 0] and plain.places[6, 10].tolist() == [1, 1]


def test_points_are_located_on_the_nearest_line():
    grid = sample_grid(Scan(plane() + np.float32([100, -50, 0]), TRIANGLES), 2.0)
    row, column = grid.locate(np.array([[100, -50, 0], [104.9, -46.1, 7], [1000, 1000, 0]], np.float32))
    assert (row.tolist(), column.tolist()) == ([0, 2, 3], [0, 2, 5])
