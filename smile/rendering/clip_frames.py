"""Reads the scans of a clip, checks them, and brings them into the face frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float64
from smile.config import Rendering
from smile.data.face import Clip, PoseError, Scan
from smile.data.landmarks import groups
from smile.data.shape import tell_amiss
from smile.data.units import in_millimetres
from smile.errors import UserError
from smile.rendering.pose.crop import crop, move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.pose.registration import compose

#: Largest fraction of bad frames, among those that are read, with which a clip is still used without them.
MOST_BAD_FRAMES = 0.2


@dataclass(frozen=True)
class PlacedClip:
    """Holds what was read of a clip: cropped scans and their landmarks, in the face frame."""

    numbers: tuple[int, ...]  # frame numbers
    scans: tuple[Scan, ...]
    faults: tuple[tuple[int, str], ...] = ()  # (frame number, reason) of frames that could not be used
    wanted: int = 0  # frames that were to be read

    def find(self, frame: int | None) -> int | None:
        """Returns the position of a frame among the scans, or of the closest frame; None for None."""
        if frame is None:
            return None
        return min(range(len(self.numbers)), key=lambda place: abs(self.numbers[place] - frame))


def place_clip(clip: Clip, rendering: Rendering) -> PlacedClip:
    """Reads and aligns at most `rendering.frames` frames of a clip, including annotated onset and apex.

    Raises UserError (or its subclass BadFile) if more than 20 % of the frames, or the only frame, cannot be used.
    """
    found, faults = _read(clip, rendering.frames)
    scans = list(found.values())
    poses = find_poses(scans, clip.landmark_scheme)
    if clip.pose_error:
        poses = np.stack([compose(_motion(clip.pose_error), pose) for pose in poses])
    placed = [crop(move_scan(scan, pose), rendering.crop_radius) for pose, scan in zip(poses, scans, strict=True)]
    return PlacedClip(tuple(found), tuple(placed), faults, len(found) + len(faults))


def _motion(error: PoseError) -> Float64:
    """Returns the pose [3, 4] that is applied after the right one."""
    turn = Rotation.from_rotvec(error.turn, degrees=True).as_matrix()
    return np.column_stack([error.scale * turn, error.shift])


def count_landmarks(scheme: str) -> int:
    """Returns how many landmarks a scheme has."""
    return max(int(contour.stop) for contour in groups(scheme).values())


def choose_frames(total: int, most: int, marked: Sequence[int] = ()) -> list[int]:
    """Chooses at most `most` of `total` frames: evenly spaced, and including the `marked` frames.

    If not all marked frames fit, the last ones are included.
    """
    chosen = np.unique(np.linspace(0, total - 1, min(most, total)).round().astype(int)).tolist()
    free = set(chosen) - set(marked)
    for frame in sorted(set(marked) - set(chosen), reverse=True):
        if free:
            closest = min(free, key=lambda number: (abs(number - frame), number))
            free.remove(closest)
            chosen[chosen.index(closest)] = frame
    return sorted(chosen)


def _read(clip: Clip, most: int) -> tuple[dict[int, Scan], tuple[tuple[int, str], ...]]:
    """Returns frame number -> usable scan, and the frames that the clip must do without."""
    total = len(clip.frames)
    if total == 0:
        raise UserError("no frames")
    wanted = choose_frames(total, most, _marked(clip, total))
    scans: dict[int, Scan] = {}
    faults: list[tuple[int, str]] = []
    for number in wanted:
        try:
            scans[number] = _check(clip.frames[number], number, clip.landmark_scheme)
        except UserError as error:
            faults.append((number, str(error)))
    refuse_many(faults, len(wanted))
    return scans, tuple(faults)


def refuse_many(faults: Sequence[tuple[int, str]], wanted: int) -> None:
    """Raises UserError where more than MOST_BAD_FRAMES of the frames that were wanted are bad, or all of them."""
    if faults and wanted == 1:
        raise UserError(faults[0][1])
    if faults and (len(faults) == wanted or len(faults) > MOST_BAD_FRAMES * wanted):
        raise UserError(f"{len(faults)} of {wanted} frames cannot be used; the first: {faults[0][1]}")


def _marked(clip: Clip, total: int) -> list[int]:
    """Returns annotated onset and apex; raises UserError where they are outside the clip, or in the wrong order."""
    marked = {"onset": clip.onset, "apex": clip.apex}
    for name, frame in marked.items():
        if frame is not None and not 0 <= frame < total:
            raise UserError(f"the {name} is said to be frame {frame}, but the clip's {total} count from 0")
    if clip.onset is not None and clip.apex is not None and clip.onset > clip.apex:
        raise UserError(f"the onset is said to be frame {clip.onset}, after the apex, frame {clip.apex}")
    return [frame for frame in marked.values() if frame is not None]


def _check(scan: Scan, number: int, scheme: str | None) -> Scan:
    """Returns the scan in millimetres; raises UserError on content that would break drawing or the landmark array."""
    if amiss := tell_amiss(scan):
        raise UserError(f"frame {number} {amiss}" if amiss.startswith("has ") else f"frame {number}: {amiss}")
    if scheme and scan.landmarks is not None and scan.landmarks.shape != (count_landmarks(scheme), 3):
        raise UserError(f"frame {number} has landmarks {scan.landmarks.shape}, not those of the scheme {scheme!r}")
    return in_millimetres(scan)
