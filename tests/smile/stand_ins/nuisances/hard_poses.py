"""How far poses of hard faces are off, nuisance by nuisance: the table of docs/log.md.

python -m tests.smile.stand_ins.nuisances.hard_poses [SUBJECTS] prints it. Each scan is compared with the scan of the
same frame of the same performance without the nuisance.
"""

import sys
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from smile.rendering.pose.face_pose import find_poses
from smile.rendering.pose.generic_face import NOSE_TIP
from smile.rendering.pose.registration import compose, invert, transform
from smile.stand_ins.cast import Cast, Program
from smile.stand_ins.ict import IctSource
from smile.stand_ins.nuisances.levels import DIFFICULTIES, Nuisances
from smile.stand_ins.recording import record
from smile.stand_ins.scanner import Scanner
from tests.places import SHARED

HARD = DIFFICULTIES["hard"]
#: Fields of Nuisances that are on in each row; speech and turns of the head are on in all.
ROWS = {
    "none, but no landmarks": (),
    "landmarks that are off": ("landmark_turn", "landmark_scale", "landmark_shift"),
    "scanners": ("profiles",),
    "hair and glasses": ("hair", "glasses"),
    "a quarter of the vertices": ("resolution",),
    "all": ("profiles", "hair", "glasses", "hand", "resolution", "landmark_turn", "landmark_scale", "landmark_shift"),
    "all, and no landmarks": ("profiles", "hair", "glasses", "hand", "resolution"),
}
FRAME = 3  # of 8


def poses(fields, subjects, scheme):
    """Poses [N, 3, 4] from the made head's own frame to the face frame, of every second clip."""
    wanted = replace(Nuisances(), speech=HARD.speech, turn=HARD.turn, **{name: getattr(HARD, name) for name in fields})
    DIFFICULTIES["measured"] = wanted
    clips = record(
        IctSource(SHARED / "ict_facekit_scanlike_60id.npz"),
        Cast(subjects, Program(frames=8), difficulty="measured"),
        Scanner(),
    )
    found = []
    for clip in clips[::2]:
        acted = clip.frames.perform()
        motion = np.column_stack([acted.rotations[FRAME], acted.translations[FRAME]]).astype(float)
        found.append(compose(find_poses([clip.frames[FRAME]], scheme)[0], motion))
    return found


def main(subjects):
    """Prints median and 90th percentile of degrees, percent of size and mm at the tip of the nose."""
    right = poses((), subjects, "bu83")
    for name, fields in ROWS.items():
        errors = []
        for pose, truth in zip(poses(fields, subjects, None if "no landmarks" in name else "bu83"), right, strict=True):
            off = compose(pose, invert(truth))
            scale = np.cbrt(np.linalg.det(off[:, :3]))
            turn = np.degrees(Rotation.from_matrix(off[:, :3] / scale).magnitude())
            errors.append((turn, 100 * abs(scale - 1), np.linalg.norm(transform(off, NOSE_TIP) - NOSE_TIP)))
        middle, most = np.percentile(errors, (50, 90), axis=0)
        cells = " | ".join(f"{a:.1f}, {b:.1f}" for a, b in zip(middle, most, strict=True))
        print(f"| {name} | {cells} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
