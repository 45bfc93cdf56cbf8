"""Landmarks ride on the mesh that they were anchored to."""

import numpy as np
import pytest

from smile.stand_ins.landmark_transfer import anchor, anchor_bu83, resample


def plate(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(-75, 75, n), np.linspace(-90, 90, n)))
    cell = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    triangles = np.concatenate(
        [np.stack([cell, cell + 1, cell + n], 1), np.stack([cell + 1, cell + n + 1, cell + n], 1)]
    ).astype(np.int32)
    return np.stack([x, y, 100 - 0.01 * (x**2 + y**2)], axis=1).astype(np.float32), triangles


def test_an_anchor_lies_where_it_was_asked_for_and_follows_any_affine_motion() -> None:
    vertices, triangles = plate()
    rng = np.random.default_rng(0)
    corners, mix = triangles[rng.integers(len(triangles), size=50)], rng.dirichlet((1, 1, 1), 50)
    points = np.einsum("lk,lkd->ld", mix, vertices[corners].astype(np.float64))
    anchors = anchor(points, vertices, triangles)
    np.testing.assert_allclose(anchors.ride(vertices), points, atol=1e-3)
    np.testing.assert_allclose(anchors.weights.sum(axis=1), 1, atol=1e-5)
    matrix, shift = rng.normal(size=(3, 3)), rng.normal(size=3)
    moved = (vertices @ matrix + shift).astype(np.float32)
    np.testing.assert_allclose(anchors.ride(moved), points @ matrix + shift, atol=1e-2)


def test_a_point_off_the_surface_is_laid_onto_it() -> None:
    vertices, triangles = plate()
    ridden = anchor(np.array([[0.0, 0.0, 130.0]]), vertices, triangles).ride(vertices)
    np.testing.assert_allclose(ridden, [[0, 0, 100]], atol=0.1)


def test_the_83_keep_the_sides_order_and_contours_of_the_68() -> None:
    vertices, triangles = plate()
    places = {
        36: (-45, 34), 37: (-38, 39), 38: (-28, 39), 39: (-18, 33), 40: (-27, 31), 41: (-38, 31),
        42: (18, 33), 43: (28, 39), 44: (38, 39), 45: (45, 34), 46: (38, 31), 47: (27, 31),
    }  # fmt: skip
    places |= {17 + i: (-58 + 11 * i, 55 + 2 * i) for i in range(5)} | {
        22 + i: (14 + 11 * i, 63 - 2 * i) for i in range(5)
    }
    places |= {27 + i: (0, 37 - 11 * i) for i in range(4)} | {31 + i: (-12 + 6 * i, -11) for i in range(5)}
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    places |= {48 + i: (-25 * np.cos(t), -35 + 10 * np.sin(t)) for i, t in enumerate(turn)}
    places |= {60 + i: (-20 * np.cos(t), -35 + 3 * np.sin(t)) for i, t in enumerate(turn[:8] * 1.5)}
    places |= {i: (-72 * np.cos(np.pi * i / 16), 30 - 110 * np.sin(np.pi * i / 16)) for i in range(17)}
    wanted = np.array([places[i] for i in range(68)])
    numbers = np.array([np.argmin(((vertices[:, :2] - p) ** 2).sum(axis=1)) for p in wanted], dtype=np.int32)
    points = anchor_bu83(vertices, triangles, numbers).ride(vertices)
    assert points.shape == (83, 3)
    assert points[0:8, 0].min() > 15 and points[8:16, 0].max() < -15
    assert points[16:26, 0].min() > 10 and points[26:36, 0].max() < -10
    np.testing.assert_allclose(points[48:60], vertices[numbers[48:60]], atol=1e-3)
    np.testing.assert_allclose(points[60:68], vertices[numbers[60:68]], atol=1e-3)
    np.testing.assert_allclose(points[[68, 82]], vertices[numbers[[0, 16]]], atol=1e-2)
    assert len(np.unique(points.round(2), axis=0)) == 83
    steps = np.linalg.norm(np.diff(points[68:83, :2], axis=0), axis=1)
    assert steps.std() < 0.15 * steps.mean()


def test_resampling_a_line_keeps_its_ends_or_leaves_them_out() -> None:
    line = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]])
    np.testing.assert_allclose(resample(line, 5), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]])
    np.testing.assert_allclose(resample(line, 3, ends=False), [[1, 0], [2, 0], [3, 0]])
    assert resample(line, 3) is line


@pytest.mark.parametrize("count", [1, 7])
def test_one_or_many_points_can_be_anchored(count: int) -> None:
    vertices, triangles = plate(20)
    assert anchor(np.zeros((count, 3)), vertices, triangles).ride(vertices).shape == (count, 3)
