"""How far poses are off, on random heads of ICT-FaceKit as a scanner sees them: the table of docs/rendering.md.

python -m tests.smile.rendering.pose.pose_errors [COUNT] prints it; the tests hold bounds at a smaller count.
"""

import sys
from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

from smile.data.face import EXPRESSIONS, Scan
from smile.data.landmarks import SCHEMES
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.pose.generic_face import NOSE_TIP
from smile.rendering.pose.registration import invert, transform
from smile.stand_ins.ict import IctSource
from smile.stand_ins.performances.textbook import perform
from smile.stand_ins.scanner import Scanner
from smile.stand_ins.scanner import scan as measure
from tests.places import SHARED

ICT = SHARED / "ict_facekit_scanlike_60id.npz"
TURNS = (40, 25, 25)  # degrees of yaw, pitch and roll, either way
TIP = 40  # the landmark of "bu83" at the end of the nose's bridge


@cache
def model():
    return IctSource(ICT).load()


def head(seed):
    """A scan of a random identity and expression in a random pose, some cut off, and the rotation of the head."""
    rng = np.random.default_rng([seed, 77])
    identity = np.clip(rng.standard_normal(len(model().identities)), -2, 2).astype(np.float32)
    acted = perform(seed, "F001", (EXPRESSIONS[rng.integers(6)],), 20).weights[rng.integers(20)]
    face = model().deform(model().sculpt(identity), acted)
    marks = model().anchors.ride(face)
    turn = Rotation.from_euler("YXZ", rng.uniform(-1, 1, 3) * TURNS, degrees=True).as_matrix().astype(np.float32)
    brows = tuple(marks[SCHEMES["bu83"][name]] for name in ("brow_a", "brow_b"))
    points, triangles = measure(Scanner(), model().surface, face, brows, turn, rng)
    points, triangles = crop(points, triangles, marks, rng)
    jitter = 3**-0.5 * rng.standard_normal(marks.shape)  # 1 mm RMS of its length
    shift = rng.uniform(-100, 100, 3)
    moved = [(part @ turn.T + shift).astype(np.float32) for part in (points, marks + jitter)]
    return Scan(moved[0], triangles, moved[1]), turn, marks[TIP] @ turn.T + shift


def crop(points, triangles, marks, rng):
    """Up to 30 % of the points cut off by a plane that spares the nose, in seven cases of ten."""
    if rng.random() > 0.7:
        return points, triangles
    direction = rng.standard_normal(3)
    direction /= np.linalg.norm(direction)
    height, spared = points @ direction, (marks[SCHEMES["bu83"]["nose"]] @ direction).max() + 15
    keep = height < max(np.quantile(height, 1 - rng.uniform(0, 0.3)), spared)
    triangles = triangles[keep[triangles].all(axis=1)]
    used, renumbered = np.unique(triangles, return_inverse=True)
    return points[used], renumbered.reshape(-1, 3).astype(np.int32)


def rotation_of(pose):
    return pose[:, :3] / np.cbrt(np.linalg.det(pose[:, :3]))


@cache
def model_frame():
    """The rotation from the model's own frame to the face frame: where the mean face's landmarks put it."""
    face, triangles = model().neutral, model().surface.triangles
    return rotation_of(find_poses([Scan(face, triangles, model().anchors.ride(face))], "bu83")[0])


def errors(count, scheme):
    """[count, 3]: degrees by which the head is turned wrongly, and its plane of symmetry; mm from tip of nose to tip.

    The model's pitch is taken from its mean face; people's heads differ in what their pitch is.
    """
    found = []
    for seed in range(count):
        one, turn, tip = head(seed)
        pose = find_poses([one], scheme)[0]
        wrong = rotation_of(pose) @ turn @ model_frame().T
        tilt = np.arccos(np.clip(wrong[0, 0], -1, 1))
        away = np.linalg.norm(transform(invert(pose), NOSE_TIP) - tip)
        found.append((*np.degrees([Rotation.from_matrix(wrong).magnitude(), tilt]), away))
    return np.array(found)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print("| found by | rotation, degrees | plane of symmetry, degrees | tip of the nose, mm |")
    print("|---|---|---|---|")
    for title, scheme in (("landmarks of 1 mm RMS", "bu83"), ("shape alone", None)):
        middle, most = np.quantile(errors(number, scheme), (0.5, 0.95), axis=0)
        print(f"| {title} |", " | ".join(f"{m:.1f}, {x:.1f}" for m, x in zip(middle, most, strict=True)), "|")
