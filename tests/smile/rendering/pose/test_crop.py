import dataclasses

import numpy as np
import pytest

from smile.config import Rendering
from smile.data.face import Scan
from smile.rendering.pose.crop import crop, move_scan
from smile.rendering.pose.generic_face import NOSE_TIP
from smile.rendering.pose.registration import transform
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize
from tests.smile.rendering.faces import scan


def with_shoulders(one):
    """The scan with a sheet like a shoulder below and in front of it, and a tuft far above."""
    far = np.array([[-90, -60, 90], [90, -60, 90], [0, -200, 95], [0, 180, 0], [9, 180, 0], [0, 189, 0]], np.float32)
    extra = len(one.vertices) + np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    return dataclasses.replace(
        one, vertices=np.concatenate([one.vertices, far]), triangles=np.concatenate([one.triangles, extra])
    )


def test_shoulders_and_hair_do_not_change_the_picture():
    face = scan()
    rig = cameras(Rendering())
    clean, dirty = (rasterize(crop(one, 120.0), rig, 64) for one in (face, with_shoulders(face)))
    assert rasterize(with_shoulders(face), rig, 64).mask.sum() > clean.mask.sum()
    for name in clean.layers:
        np.testing.assert_array_equal(clean.layers[name], dirty.layers[name])


def test_no_triangle_reaches_beyond_the_radius_and_none_within_it_is_lost():
    face = scan()
    radius = 60.0
    kept = crop(face, radius)
    far = np.linalg.norm(face.vertices - NOSE_TIP, axis=1).astype(np.float32)
    assert far[kept.triangles].max() <= radius
    assert len(kept.triangles) == (far[face.triangles] <= radius).all(axis=1).sum() > 100
    assert crop(face, 500.0) is face


def test_texture_coordinates_stay_with_their_triangles():
    face = scan()
    numbers = np.arange(3 * len(face.triangles), dtype=np.int32).reshape(-1, 3)
    kept = crop(dataclasses.replace(face, triangles_uv=numbers), 60.0)
    np.testing.assert_array_equal(kept.triangles, face.triangles[kept.triangles_uv[:, 0] // 3])


@pytest.mark.parametrize("marked", [True, False])
def test_a_moved_scan_takes_its_landmarks_along(marked):
    face = scan(marked=marked)
    pose = np.hstack([1.1 * np.eye(3)[[1, 2, 0]], [[5.0], [-3.0], [2.0]]])
    moved = move_scan(face, pose)
    assert moved.vertices.dtype == np.float32
    np.testing.assert_allclose(moved.vertices, transform(pose, face.vertices), rtol=1e-6)
    if marked:
        np.testing.assert_allclose(moved.landmarks, transform(pose, face.landmarks), rtol=1e-6)
    else:
        assert moved.landmarks is None


def test_an_empty_scan_is_cropped_to_an_empty_scan():
    empty = Scan(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    assert len(crop(empty, 10.0).triangles) == 0
