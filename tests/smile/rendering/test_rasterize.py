from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from smile.config import Rendering
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.cameras import HALF_EXTENT, cameras, look_from
from smile.rendering.rasterize import rasterize

ICT = Path(__file__).parents[3] / "../shared/data/ict_facekit_narrow_eyes.npz"
FRONT = look_from(0)[None]
THREE = cameras(Rendering(view_count=3))


def draw(vertices, triangles, seen_from, size, **how):
    """Depth [N, H, W], normals [N, 3, H, W] and mask [N, H, W]."""
    raster = rasterize(Scan(np.asarray(vertices), np.asarray(triangles)), seen_from, size, **how)
    return SimpleNamespace(depth=raster.layers["depth"][:, 0], normals=raster.layers["normals"], mask=raster.mask)


def centres(size):
    axis = (np.arange(size) + 0.5) * (2 * HALF_EXTENT / size) - HALF_EXTENT
    return np.meshgrid(axis, -axis)


def bumpy_ball(seed):
    ball = trimesh.creation.icosphere(subdivisions=5, radius=60)
    rng = np.random.default_rng(seed)
    waves = rng.standard_normal((12, 3)) / 25
    swell = 1 + 0.02 * np.cos(ball.vertices @ waves.T + rng.uniform(0, 6, 12)).sum(axis=1)
    return (ball.vertices * swell[:, None]).astype(np.float32), ball.faces.astype(np.int32)


def trace(vertices, triangles, camera, size):
    """Depth, normal (face's own, camera axes) and mask of one view by Embree's rays."""
    mesh = trimesh.Trimesh(vertices, triangles, process=False)
    x, y = centres(size)
    axes = camera[:3, :3] * [[HALF_EXTENT], [HALF_EXTENT], [1]]
    origins = np.stack([x.ravel(), y.ravel(), np.full(x.size, 500.0)], axis=1) @ axes
    places, rays, faces = RayMeshIntersector(mesh).intersects_location(
        origins, np.broadcast_to(-axes[2], origins.shape), multiple_hits=False
    )
    depth, normals = np.full(x.size, np.nan), np.full((x.size, 3), np.nan)
    depth[rays], normals[rays] = places @ axes[2], mesh.face_normals[faces] @ axes.T
    return depth.reshape(x.shape), normals.reshape(*x.shape, 3), np.isfinite(depth).reshape(x.shape)


def assert_like_embree(vertices, triangles, size, normal_error):
    seen_from = cameras(Rendering(view_count=7))
    drawn = draw(vertices, triangles, seen_from, size)
    for view, camera in enumerate(seen_from):
        depth, normals, mask = trace(vertices, triangles, camera, size)
        both = mask & drawn.mask[view]
        assert both.sum() / (mask | drawn.mask[view]).sum() > 0.995
        assert np.median(np.abs(depth - drawn.depth[view])[both]) < 0.005
        assert np.percentile(np.abs(depth - drawn.depth[view])[both], 95) < 0.1
        # Embree knows the triangle's own normal; ours is smooth and turned towards the camera.
        cosine = np.abs((normals * drawn.normals[view].transpose(1, 2, 0)).sum(axis=2))[both]
        assert np.degrees(np.arccos(np.clip(np.median(cosine), -1, 1))) < normal_error


def test_a_ball_has_the_depth_normals_and_outline_of_the_formula():
    ball = trimesh.creation.icosphere(subdivisions=5, radius=60)
    drawn = draw(ball.vertices, ball.faces, THREE, 120)
    x, y = centres(120)
    inside, well = np.hypot(x, y) < 60, np.hypot(x, y) < 55
    z = np.sqrt(np.maximum(60**2 - x**2 - y**2, 0))
    for view in range(3):
        assert (drawn.mask[view] & inside).sum() / (drawn.mask[view] | inside).sum() > 0.99
        assert np.abs(drawn.depth[view] - z)[well].max() < 0.1
        assert np.abs(drawn.normals[view] - np.stack([x, y, z]) / 60)[:, well].max() < 0.01
        assert (drawn.depth[view][~drawn.mask[view]] == 0).all()


def test_a_bumpy_ball_is_seen_as_embree_sees_it():
    assert_like_embree(*bumpy_ball(3), 96, normal_error=1.5)


@pytest.mark.skipif(not ICT.exists(), reason="needs ../shared/data")
def test_a_face_is_seen_as_embree_sees_it():
    with np.load(ICT) as ict:
        assert_like_embree(ict["neutral"] - np.float32([0, -5, 60]), ict["faces"], 128, normal_error=4)


def test_triangles_that_share_an_edge_cover_each_pixel_once():
    # A fan around a pixel's centre, with corners on pixel centres: every tie of the rule occurs.
    size = 24
    x, y = centres(size)
    rim = [(4, 4), (4, 12), (4, 20), (12, 20), (20, 20), (20, 12), (20, 4), (12, 4)]
    points = np.array([(x[at], y[at], 0) for at in [(11, 12), *rim]])
    fan = np.array([(0, 1 + k, 1 + (k + 1) % 8) for k in range(8)])
    count = sum(draw(points, fan[k : k + 1], FRONT, size).mask[0].astype(int) for k in range(8))
    assert count.max() == 1
    # Top and left border belong to the square, right and bottom do not.
    assert (count[4:20, 4:20] == 1).all() and count.sum() == 16 * 16


def test_one_triangle_covers_the_pixel_centres_inside_it():
    triangle = np.array([[-50.3, -40.1, 5], [62.2, -11.7, 15], [3.3, 71.9, -20]])
    drawn = draw(triangle, np.array([[0, 1, 2]]), FRONT, 90)
    x, y = centres(90)
    edges = [
        (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
        for a, b in zip(triangle, np.roll(triangle, -1, 0), strict=True)
    ]
    distance = np.min(edges, axis=0)
    assert drawn.mask[0][distance > 2].all() and not drawn.mask[0][distance < -2].any()
    plane = np.linalg.solve(np.column_stack([triangle[:, :2], np.ones(3)]), triangle[:, 2])
    wanted = plane[0] * x + plane[1] * y + plane[2]
    assert np.abs(drawn.depth[0] - wanted)[drawn.mask[0]].max() < 0.01


def test_both_sides_of_a_surface_are_drawn_with_normals_towards_the_camera():
    vertices, triangles = bumpy_ball(1)
    out, inwards = (draw(vertices, order, FRONT, 64) for order in (triangles, triangles[:, ::-1]))
    np.testing.assert_array_equal(out.mask, inwards.mask)
    np.testing.assert_allclose(out.normals, inwards.normals, atol=1e-6)
    assert out.normals[0, 2][out.mask[0]].mean() > 0.5


def test_the_nearer_of_two_sheets_wins_whatever_the_order():
    square = np.array([[-60, -60, 0], [60, -60, 0], [60, 60, 0], [-60, 60, 0]], dtype=float)
    points = np.concatenate([square, square + np.array([0, 0, 7])])
    two = np.array([[0, 1, 2], [0, 2, 3]])
    for order in ([two, two + 4], [two + 4, two]):
        drawn = draw(points, np.concatenate(order), FRONT, 32)
        assert (drawn.depth[0][drawn.mask[0]] == 7).all()


def test_of_two_sheets_at_one_depth_the_first_is_drawn():
    # Both pass through the same line of pixel centres, tilted one way and the other.
    left, right = (np.array([[-60, -60, s * 60], [60, -60, -s * 60], [0, 60, 0]], dtype=float) for s in (-1, 1))
    y = centres(31)[1][:, 15]
    both = (y > -55) & (y < 55)
    for points, tilt in ((np.concatenate([left, right]), -1), (np.concatenate([right, left]), 1)):
        drawn = draw(points, np.array([[0, 1, 2], [3, 4, 5]]), FRONT, 31)
        assert (np.sign(drawn.normals[0, 0, both, 15]) == tilt).all()


def test_a_shift_along_the_line_of_sight_changes_the_depth_alone():
    vertices, triangles = bumpy_ball(2)
    here = draw(vertices, triangles, FRONT, 48)
    far = draw(vertices - np.float32([0, 0, 4096]), triangles, FRONT, 48)
    np.testing.assert_array_equal(here.mask, far.mask)
    np.testing.assert_allclose(far.depth[far.mask], here.depth[here.mask] - 4096, atol=1e-3)


def test_a_turned_camera_sees_what_a_turned_head_shows():
    vertices, triangles = bumpy_ball(4)
    camera = look_from(40)
    turned = vertices @ (camera[:3, :3] * [[HALF_EXTENT], [HALF_EXTENT], [1]]).T
    one, other = draw(vertices, triangles, camera[None], 64), draw(turned, triangles, FRONT, 64)
    assert (one.mask ^ other.mask).mean() < 0.002
    both = one.mask & other.mask
    assert np.abs(one.depth - other.depth)[both].max() < 0.5
    assert np.median(np.abs(one.normals - other.normals)) < 1e-4


def test_no_triangles_make_an_empty_picture():
    drawn = draw(np.zeros((3, 3)), np.zeros((0, 3), dtype=int), THREE, 16)
    assert drawn.depth.shape == (3, 16, 16) and drawn.normals.shape == (3, 3, 16, 16)
    assert not drawn.mask.any() and not drawn.depth.any() and not drawn.normals.any()


def test_triangles_without_area_are_not_drawn():
    points = np.array([[0, 0, 0], [40, 0, 0], [0, 40, 0], [0, 0, 40]], dtype=float)
    assert not draw(points, np.array([[0, 1, 1], [2, 2, 2], [0, 1, 0]]), FRONT, 32).mask.any()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_a_broken_vertex_is_refused_where_a_triangle_uses_it(value):
    vertices, triangles = bumpy_ball(5)
    broken = np.concatenate([vertices, np.full((1, 3), value, dtype=np.float32)])
    if not np.isfinite(value):
        np.testing.assert_array_equal(
            draw(broken, triangles, FRONT, 64).depth, draw(vertices, triangles, FRONT, 64).depth
        )
    with pytest.raises(UserError, match=r"not finite, the first is number 10242|far out of the picture"):
        draw(broken, np.concatenate([triangles, [[0, 1, len(vertices)]]]), FRONT, 64)


@pytest.mark.parametrize("number", [-1, 10242])
def test_a_vertex_number_out_of_range_is_refused(number):
    vertices, triangles = bumpy_ball(5)
    with pytest.raises(UserError, match="out of range"):
        draw(vertices, np.concatenate([triangles, [[0, 1, number]]]), FRONT, 64)


def test_threads_draw_the_same_bytes():
    meshes = [bumpy_ball(seed) for seed in range(4)] * 4
    alone = [draw(*mesh, THREE, 64) for mesh in meshes]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda mesh: draw(*mesh, THREE, 64), meshes))
    for one, other in zip(alone, together, strict=True):
        assert one.depth.tobytes() == other.depth.tobytes() and one.normals.tobytes() == other.normals.tobytes()
