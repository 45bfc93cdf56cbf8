from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh
from scipy.spatial import Delaunay

from smile.config import Rendering
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.raster.cameras import HALF_EXTENT, cameras, look_from
from smile.rendering.raster.rasterize import rasterize
from tests.smile.rendering.faces import mesh

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


def test_a_ball_in_perspective_has_the_outline_and_depth_of_the_formula():
    ball, radius, distance, size = trimesh.creation.icosphere(subdivisions=6, radius=60), 60.0, 300.0, 120
    drawn = draw(ball.vertices, ball.faces, look_from(30, 10, distance=distance)[None], size)
    x, y = centres(size)
    # A ray from (0, 0, distance) through (x, y, 0) meets the ball where t solves a quadratic equation.
    length = x**2 + y**2 + distance**2
    root = distance**4 - length * (distance**2 - radius**2)
    wanted = distance - distance * (distance**2 - np.sqrt(np.maximum(root, 0))) / length
    assert ((root > 0) & drawn.mask[0]).sum() / ((root > 0) | drawn.mask[0]).sum() > 0.99
    well = root > 0.02 * distance**4
    assert well.sum() > 1000 and np.abs(drawn.depth[0] - wanted)[well].max() < 0.1


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


def test_a_face_behind_a_camera_in_perspective_is_refused():
    vertices, triangles = bumpy_ball(6)
    near = look_from(0, distance=250.0)[None]
    assert draw(vertices, triangles, near, 64).mask.any()
    with pytest.raises(UserError, match="behind a camera in perspective"):
        draw(vertices + np.float32([0, 0, 400]), triangles, near, 64)


def test_one_large_triangle_shows_what_many_small_ones_in_its_plane_show():
    # Filled in integers of 64 bits, or in float32 a block at a time: the same pixels, the same plane.
    corners = np.array([[-83.1, -71.3, -9.0], [79.4, -60.2, 20.0], [11.3, 84.7, 3.0]])
    n = 60
    i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1))
    weights = np.stack([i.ravel(), j.ravel(), n - i.ravel() - j.ravel()], axis=1) / n
    at = lambda row, column: row * (n + 1) + column  # noqa: E731
    cells = [(r, c) for r in range(n) for c in range(n - r)]
    small = [(at(r, c), at(r, c + 1), at(r + 1, c)) for r, c in cells]
    small += [(at(r, c + 1), at(r + 1, c + 1), at(r + 1, c)) for r, c in cells if r + c < n - 1]
    for camera in (look_from(0), look_from(35, 20, distance=300.0)):
        one = draw(corners, np.array([[0, 1, 2]]), camera[None], 224)
        many = draw(weights @ corners, np.array(small), camera[None], 224)
        assert one.mask.sum() > 5000 and (one.mask ^ many.mask).sum() <= 12  # corners are rounded to 1/256 pixel
        both = one.mask & many.mask
        assert np.abs(one.depth - many.depth)[both].max() < 0.05
        np.testing.assert_allclose(*(np.abs(it.normals.transpose(0, 2, 3, 1)[both]) for it in (one, many)), atol=2e-3)


@pytest.mark.parametrize("spread", [3.0, 60.0])
def test_no_pixel_is_missed_or_covered_twice_however_triangles_are_cut(spread):
    # A plane cut into random triangles: with every triangle alone, each pixel belongs to exactly one.
    rng = np.random.default_rng(3)
    points = np.concatenate(
        [rng.uniform(-spread, spread, (60, 2)), spread * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])]
    )
    triangles = Delaunay(points).simplices
    flat = np.column_stack([points, np.zeros(len(points))])
    count = sum(draw(flat, one[None], FRONT, 48).mask[0].astype(int) for one in triangles)
    whole = draw(flat, triangles, FRONT, 48).mask[0]
    assert count.max() == 1 and (count == whole).all()
    x, y = centres(48)
    assert (whole == ((np.abs(x) < spread) & (np.abs(y) < spread))).all()


def test_views_in_one_call_are_the_views_one_by_one():
    vertices, triangles = bumpy_ball(7)
    for projection in ("orthographic", "perspective"):
        rig = cameras(Rendering(view_count=15, projection=projection))
        together = draw(vertices, triangles, rig, 48)
        for view, camera in enumerate(rig):
            alone = draw(vertices, triangles, camera[None], 48)
            assert alone.depth.tobytes() == together.depth[view].tobytes()
            assert alone.normals.tobytes() == together.normals[view].tobytes()


def test_the_order_of_triangles_does_not_matter():
    vertices, triangles = bumpy_ball(8)
    one, other = draw(vertices, triangles, THREE, 64), draw(vertices, triangles[::-1], THREE, 64)
    np.testing.assert_array_equal(one.mask, other.mask)
    np.testing.assert_allclose(one.depth, other.depth, atol=1e-3)


def test_culled_back_faces_are_not_seen():
    vertices, triangles = bumpy_ball(9)
    whole = draw(vertices, triangles, FRONT, 64)
    np.testing.assert_array_equal(draw(vertices, triangles, FRONT, 64, cull_back_faces=True).depth, whole.depth)
    inwards = draw(vertices, triangles[:, ::-1], FRONT, 64, cull_back_faces=True)
    # Only the far side is left, which faces the camera as it is wound now.
    assert (inwards.depth[0][24:40, 24:40] < 0).all() and (inwards.mask == whole.mask).mean() > 0.99


def test_an_edge_of_many_triangles_is_drawn_from_all_of_them():
    # Not a manifold: three sheets meet in one edge, and one of them comes twice.
    points = np.array([[0, -60, 0], [0, 60, 0], [50, 0, 0], [-50, 0, 0], [0, 0, 60]], dtype=float)
    drawn = draw(points, np.array([[0, 2, 1], [0, 1, 3], [0, 1, 4], [0, 2, 1]]), FRONT, 64)
    assert drawn.mask[0, 32, 45] and drawn.mask[0, 32, 18] and np.isfinite(drawn.normals).all()


def test_two_million_triangles_are_drawn_as_a_few_thousand_of_the_same_shape():
    many, few = mesh(step=0.125), mesh(step=2.0)
    assert len(many[1]) > 2_000_000
    one, other = (draw(*head, FRONT, 96) for head in (many, few))
    both = one.mask & other.mask
    assert both.sum() / (one.mask | other.mask).sum() > 0.97  # their borders are ragged
    assert np.median(np.abs(one.depth - other.depth)[both]) < 0.05


def test_the_number_of_pixels_is_checked():
    vertices, triangles = bumpy_ball(1)
    for size in (0, -1, 5000):
        with pytest.raises(UserError, match="choose 1 to 4096"):
            draw(vertices, triangles, FRONT, size)
    with pytest.raises(UserError, match="did you mean 'depth'"):
        draw(vertices, triangles, FRONT, 8, layers=("dept",))


def test_threads_draw_the_same_bytes():
    meshes = [bumpy_ball(seed) for seed in range(4)] * 4
    alone = [draw(*shape, THREE, 64) for shape in meshes]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda shape: draw(*shape, THREE, 64), meshes))
    for one, other in zip(alone, together, strict=True):
        assert one.depth.tobytes() == other.depth.tobytes() and one.normals.tobytes() == other.normals.tobytes()
