"""How well onset and apex are found on made performances, whose strength is known frame by frame.

python -m tests.smile.rendering.motion.moment_errors [SUBJECTS] prints it for both stand-ins.
Tests hold bounds on a few clips.
"""

import dataclasses
import sys
import warnings

import numpy as np

from smile.config import Rendering
from smile.rendering.motion.moments import find_moments
from smile.rendering.pose.crop import crop, move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize
from smile.stand_ins.ict import read_ict
from smile.stand_ins.performance import Difficulty
from smile.stand_ins.performances.textbook import perform
from smile.stand_ins.synthetic import make_synthetic
from tests.smile.rendering.pose.pose_errors import ICT

FRAMES, SEED = 24, 5
#: The same performances without what has nothing to do with the expression.
CALM = dataclasses.replace(Difficulty(), blinks=0, gaze=0.0, speech=0.0)


def film(clip):
    """Depth and mask [T, 64, 64] of a made clip from the front, as clip_pictures draws it."""
    setting = Rendering(view_count=1)
    scans = list(clip.frames)
    placed = [move_scan(one, pose) for one, pose in zip(scans, find_poses(scans, clip.landmark_scheme), strict=True)]
    drawn = [rasterize(crop(one, setting.crop_radius), cameras(setting), 64, ("depth",)) for one in placed]
    return np.stack([one.layers["depth"][0, 0] for one in drawn]), np.stack([one.mask[0] for one in drawn])


def strength(clip):
    """[T] how strong the expression is, as a share of its peak."""
    acted = perform(SEED, clip.subject, clip.labels, len(clip.frames), CALM).weights.sum(axis=1)
    return acted / acted.max()


def errors(clips):
    """[clips, 3]: strength at the apex and at the onset that are found, and the onset's distance in frames."""
    found = []
    for clip in clips:
        true = strength(clip)
        onset, apex = find_moments(*film(clip))
        start = np.flatnonzero(true[: true.argmax() + 1] <= 0.05).max()
        found.append((true[apex], true[onset], abs(onset - start)))
    return np.array(found)


if __name__ == "__main__":
    subjects = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    warnings.simplefilter("ignore")
    print("| faces | clips | apex at 90 % of the peak | at half | onset within 2 frames | strength there |")
    print("|---|---|---|---|---|---|")
    for data_set in (make_synthetic(subjects, FRAMES, SEED), read_ict(ICT, subjects, FRAMES, SEED)):
        apex, onset, away = errors(data_set.clips).T
        shares = " | ".join(f"{100 * np.mean(hit):.0f} %" for hit in (apex >= 0.9, apex >= 0.5, away <= 2))
        print(f"| {data_set.title} | {len(apex)} | {shares} | {np.mean(onset):.2f} |")
