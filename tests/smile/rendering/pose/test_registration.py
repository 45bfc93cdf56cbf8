import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from smile.rendering.pose.generic_face import height
from smile.rendering.pose.registration import compose, fit_points, grid, height_map, invert, lay, transform
from tests.smile.rendering.faces import mesh

SURFACE = height_map(height(*grid(120, 90.0)), 90.0)
GATES = (15.0,) * 6 + (6.0,) * 10


def pose(seed, degrees, far, scale=1.0):
    rng = np.random.default_rng(seed)
    turn = Rotation.from_euler("xyz", rng.uniform(-degrees, degrees, 3), degrees=True).as_matrix()
    return np.hstack([scale * turn, rng.uniform(-far, far, (3, 1))])


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_points_are_laid_onto_their_partners_exactly(scale):
    wanted = pose(1, 180, 500, scale)
    points = np.random.default_rng(2).standard_normal((5, 3)) * 40
    np.testing.assert_allclose(fit_points(points, transform(wanted, points), scaled=scale != 1), wanted, atol=1e-9)


def test_a_mirrored_cloud_is_never_answered_with_a_reflection():
    points = np.random.default_rng(3).standard_normal((20, 3))
    found = fit_points(points, points * (-1, 1, 1), scaled=False)
    assert np.linalg.det(found[:, :3]) == pytest.approx(1)


def test_poses_compose_and_invert():
    one, two = pose(4, 90, 100, 1.2), pose(5, 90, 100, 0.7)
    points = np.random.default_rng(6).standard_normal((9, 3))
    np.testing.assert_allclose(transform(compose(two, one), points), transform(two, transform(one, points)))
    np.testing.assert_allclose(compose(invert(one), one), np.eye(3, 4), atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("scale", [1.0, 1.06])
def test_a_head_slides_back_onto_its_height_map(seed, scale):
    points = mesh()[0].astype(np.float64)
    moved = transform(pose(seed, 6, 6, scale), points)
    found, share = lay(moved, SURFACE, np.eye(3, 4), GATES * 2, scaled=scale != 1)
    assert share > 0.9
    assert np.sqrt(((transform(found, moved) - points) ** 2).sum(axis=1).mean()) < 0.15


def test_a_part_that_moved_does_not_drag_the_head():
    points = mesh()[0].astype(np.float64)
    lower = points[:, 1] < -20
    changed = points + np.where(lower[:, None], [0.0, 0.0, 5.0], 0.0)
    found, _ = lay(changed, SURFACE, np.eye(3, 4), GATES)
    assert np.abs(transform(found, points) - points)[~lower].max() < 0.25
    # Least squares without weights would have moved it by a multiple.
    plain = fit_points(changed, points, scaled=False)
    assert np.abs(transform(plain, points) - points)[~lower].max() > 1


def test_points_that_are_nowhere_near_leave_the_pose_as_it_is():
    far = mesh()[0].astype(np.float64) + 1000
    found, share = lay(far, SURFACE, np.eye(3, 4), GATES)
    assert share == 0
    np.testing.assert_array_equal(found, np.eye(3, 4))


def test_points_are_located_on_the_map():
    points = np.array([[-89.9, 89.9, 0], [89.9, -89.9, 5], [0.1, -0.1, 0], [91, 0, 0], [0, -90.1, 0]])
    np.testing.assert_array_equal(SURFACE.locate(points), [0, 120 * 120 - 1, 60 * 120 + 60, -1, -1])
