import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from smile.config import Rendering
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.pose.crop import move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.pose.registration import compose, invert, transform
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize
from smile.stand_ins.synthetic import make_synthetic
from tests.places import SHARED
from tests.smile.rendering.faces import mesh, random_pose, scan

ICT = SHARED / "ict_facekit_narrow_eyes.npz"


def scale_of(pose):
    return np.cbrt(np.linalg.det(pose[:, :3]))


def picture(one, scheme):
    pose = find_poses([one], scheme)[0]
    return rasterize(move_scan(one, pose), cameras(Rendering()), 64)


def spread(poses, scans):
    """RMS distance in mm between where the same vertices of a clip's scans come to lie, against the first."""
    placed = np.stack([transform(pose, one.vertices) for pose, one in zip(poses, scans, strict=True)])
    return np.sqrt(((placed - placed[0]) ** 2).sum(axis=2).mean(axis=1))


@pytest.mark.parametrize("scheme", ["bu83", None])
@pytest.mark.parametrize("seed", range(5))
def test_one_head_in_any_pose_gives_the_same_pictures(scheme, seed):
    marked = scheme is not None
    still, moved = scan(marked=marked), scan(random_pose(seed, 25 if marked else 15), marked=marked)
    one, other = picture(still, scheme), picture(moved, scheme)
    both = one.mask & other.mask
    assert both.sum() / (one.mask | other.mask).sum() > 0.97
    away = {name: np.abs(layer - other.layers[name]) for name, layer in one.layers.items()}
    assert np.median(away["depth"][both[:, None]]) < 0.25
    assert np.median(away["normals"][both[:, None].repeat(3, axis=1)]) < 0.01


@pytest.mark.parametrize("scheme", ["bu83", None])
def test_heads_of_any_size_come_out_at_one_size(scheme):
    scales = [
        scale_of(find_poses([scan(size=size, marked=scheme is not None)], scheme)[0]) for size in (0.92, 1.0, 1.08)
    ]
    np.testing.assert_allclose(np.array(scales) * (0.92, 1.0, 1.08), scales[1], rtol=0.02)


@pytest.mark.parametrize("scheme", ["bu83", None])
def test_a_clip_has_one_scale_and_its_drift_is_taken_out(scheme):
    turn, shift = random_pose(3, 8)
    drift = [(Rotation.from_euler("yx", [2.0 * t, -t], degrees=True) * turn, shift + t) for t in range(8)]
    scans = [scan(pose, marked=scheme is not None) for pose in drift]
    poses = find_poses(scans, scheme)
    np.testing.assert_allclose([scale_of(pose) for pose in poses], scale_of(poses[0]), rtol=1e-9)
    assert spread(poses, scans).max() < 0.2


def test_jitter_of_landmarks_does_not_become_motion():
    rng = np.random.default_rng(5)
    clean = [scan(random_pose(2, 5)) for _ in range(6)]
    scans = [
        dataclasses.replace(one, landmarks=(one.landmarks + rng.standard_normal((83, 3))).astype(np.float32))
        for one in clean
    ]
    assert spread(find_poses(scans, "bu83"), scans).max() < 0.1


def test_an_expression_does_not_pass_for_a_turn_of_the_head():
    scans = [scan(expression=e) for e in (0, 3, 6)]
    placed = [transform(pose, one.vertices) for pose, one in zip(find_poses(scans, "bu83"), scans, strict=True)]
    upper = scans[0].vertices[:, 1] > 20
    assert np.abs(placed[2] - placed[0])[upper].max() < 0.1
    # The mouth does move, by about what was put in.
    assert 5 < np.abs(placed[2] - placed[0]).max() < 7


def test_it_does_not_matter_which_eye_comes_first_nor_how_a_contour_runs():
    one = scan(random_pose(7))
    order = np.concatenate([np.arange(15, -1, -1), np.arange(35, 15, -1), np.arange(47, 35, -1), np.arange(48, 83)])
    other = dataclasses.replace(one, landmarks=one.landmarks[order])
    np.testing.assert_allclose(find_poses([one], "bu83"), find_poses([other], "bu83"), atol=1e-6)


def test_frames_without_landmarks_follow_their_neighbours():
    scans = [scan(random_pose(1, 6)) for _ in range(4)]
    scans[2] = dataclasses.replace(scans[2], landmarks=None)
    assert spread(find_poses(scans, "bu83"), scans).max() < 0.1
    scans[0] = dataclasses.replace(scans[0], landmarks=None)
    assert spread(find_poses(scans, "bu83"), scans).max() < 0.1


def test_a_head_that_jumps_is_found_again_at_the_scale_of_the_clip():
    scans = [
        scan(pose, size=1.05, marked=False) for pose in (random_pose(1, 5), random_pose(1, 5), random_pose(8, 15, 300))
    ]
    poses = find_poses(scans, None)
    assert spread(poses, scans).max() < 0.2
    np.testing.assert_allclose([scale_of(pose) for pose in poses], scale_of(poses[0]), rtol=1e-9)


def test_a_few_frames_of_an_expressive_clip_are_followed_without_landmarks():
    """Six frames of four seconds: the head turns far between two of them, and half of the face moves."""
    frames = make_synthetic(1, 6, 0).clips[0].frames
    scans = [frames[number] for number in range(6)]
    marked = find_poses(scans, "bu83")
    bare = find_poses([dataclasses.replace(one, landmarks=None) for one in scans], None)
    for by_marks, by_shape in zip(marked, bare, strict=True):
        turns = [compose(invert(poses[0]), pose) for poses, pose in ((marked, by_marks), (bare, by_shape))]
        first, second = (Rotation.from_matrix(turn[:, :3]) for turn in turns)
        assert np.degrees((first.inv() * second).magnitude()) < 1.5


def test_a_landmark_that_is_missing_elsewhere_does_no_harm():
    one, holed = scan(random_pose(4)), scan(random_pose(4))
    holed.landmarks[[20, 75]] = np.nan
    np.testing.assert_array_equal(find_poses([holed], "bu83"), find_poses([one], "bu83"))
    holed.landmarks[3] = np.nan
    np.testing.assert_array_equal(find_poses([holed], "bu83"), find_poses([one], None))


@pytest.mark.parametrize("yaw", [-45, 40])
def test_a_face_that_looks_aside_is_found_without_landmarks(yaw):
    one = scan((Rotation.from_euler("y", yaw, degrees=True), np.array([46.0, 15, -94])), marked=False)
    placed = transform(find_poses([one], None)[0], one.vertices)
    assert np.sqrt(((placed - mesh()[0]) ** 2).sum(axis=1).mean()) < 1.5


def test_a_scan_without_a_surface_is_an_error():
    with pytest.raises(UserError, match="without triangles"):
        find_poses([Scan(np.zeros((9, 3), np.float32), np.zeros((0, 3), np.int32))], None)
    with pytest.raises(UserError, match="without frames"):
        find_poses([], None)


@pytest.mark.skipif(not ICT.exists(), reason="needs ../shared/data")
@pytest.mark.parametrize("expression", ["surprise", "neutral"])
def test_a_drifting_scanned_face_keeps_still_where_it_does_not_move(expression):
    with np.load(ICT) as ict:
        neutral, faces, part = ict["neutral"], ict["faces"], ict["vertex_part"]
        shapes = {"neutral": [], "surprise": ["jawOpen", "browInnerUp_L", "browInnerUp_R", "eyeWide_L", "eyeWide_R"]}
        names = list(ict["expr_names"])
        motion = sum((ict["expr_delta"][names.index(name)] for name in shapes[expression]), np.zeros_like(neutral))
    rng = np.random.default_rng(0)
    poses = [random_pose(seed, 6, 8) for seed in range(5)] + [random_pose(9, 10, 200)]
    shown = [neutral + strength * 0.6 * motion for strength in (0, 0.5, 1, 1, 0.5, 0)]
    rough = [one + 0.2 * rng.standard_normal((len(one), 1)) * [0, 0, 1] for one in shown]
    scans = [Scan((p[0].apply(one) + p[1]).astype(np.float32), faces) for p, one in zip(poses, rough, strict=True)]
    found = find_poses(scans, None)
    heads = [Scan((p[0].apply(neutral) + p[1])[part == 0], faces) for p in poses]
    # Without landmarks; the last head has jumped.
    limit = 0.5 if expression == "neutral" else 1.5
    assert spread(found, heads).max() < limit
