import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from smile.rendering.pose.pose_search import centre_on_symmetry, find_face
from smile.rendering.pose.registration import transform
from tests.smile.rendering.faces import mesh, random_pose, scan
from tests.smile.rendering.pose import pose_errors

needs_ict = pytest.mark.skipif(not pose_errors.ICT.exists(), reason="needs ../shared/data")


def turned(one, turn):
    return dataclasses.replace(one, vertices=turn.apply(one.vertices).astype(np.float32), landmarks=None)


@needs_ict
@pytest.mark.parametrize("scheme", ["bu83", None])
def test_scanned_heads_in_any_pose_are_turned_right(scheme):
    found = pose_errors.errors(16, scheme)
    rotation, symmetry, tip = np.median(found, axis=0)
    assert rotation < 4 and symmetry < 0.8 and tip < 5
    assert (found.max(axis=0) < (12, 2.5, 13)).all()


@needs_ict
def test_a_head_that_looks_anywhere_is_found():
    wrong = []
    for seed in range(8):
        one, turn, _ = pose_errors.head(seed)
        away = Rotation.random(random_state=seed)
        pose = find_face(turned(one, away))
        rotation = pose_errors.rotation_of(pose) @ away.as_matrix() @ turn @ pose_errors.model_frame().T
        wrong.append(np.degrees(Rotation.from_matrix(rotation).magnitude()))
    assert np.sum(np.array(wrong) < 12) >= 7


@pytest.mark.parametrize("angles", [(4, 0, 3), (-6, 2, -4), (0, 0, 0)])
def test_the_plane_of_symmetry_takes_the_face_to_the_middle(angles):
    one = scan((Rotation.from_euler("yxz", angles, degrees=True), np.array([3.0, 1, -2])), expression=4)
    placed = transform(centre_on_symmetry(one, np.eye(3, 4)), one.vertices)
    # Each point and its mirror image: the mesh is symmetric.
    points = mesh(expression=4)[0]
    partner = {(round(float(x)), round(float(y))): number for number, (x, y, _) in enumerate(points)}
    mirrored = [partner[(-round(float(x)), round(float(y)))] for x, y, _ in points]
    np.testing.assert_allclose(placed[:, 0], -placed[mirrored, 0], atol=0.25)


def test_a_smile_on_one_side_does_not_turn_the_face():
    one = scan(marked=False)
    lopsided = dataclasses.replace(one, vertices=one.vertices.copy())
    cheek = np.exp(-(((one.vertices[:, 0] - 30) / 12) ** 2) - ((one.vertices[:, 1] + 28) / 12) ** 2)
    lopsided.vertices[:, 2] += 5 * cheek
    turn = pose_errors.rotation_of(centre_on_symmetry(lopsided, np.eye(3, 4)))
    assert np.degrees(Rotation.from_matrix(turn).magnitude()) < 0.3


def test_what_is_no_face_still_gets_a_pose():
    axis = np.linspace(-50, 50, 12)
    x, y = (one.ravel() for one in np.meshgrid(axis, axis))
    flat = dataclasses.replace(scan(), vertices=np.stack([x, y, 0 * x], 1).astype(np.float32), landmarks=None)
    corner = np.arange(11)[:, None] * 12 + np.arange(11)
    triangles = np.stack([corner, corner + 1, corner + 12], axis=-1).reshape(-1, 3).astype(np.int32)
    pose = find_face(dataclasses.replace(flat, triangles=triangles))
    assert pose.shape == (3, 4) and np.isfinite(pose).all()


def test_a_pose_does_not_depend_on_where_the_scan_was():
    still, moved = scan(marked=False), scan(random_pose(4, 20), marked=False)
    one, other = (transform(find_face(head), head.vertices) for head in (still, moved))
    assert np.abs(one - other).max() < 0.5
