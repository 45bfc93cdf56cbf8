"""One clip -> the scans of its frames, read, checked, and standing in the face frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smile.config import Rendering
from smile.data.face import Clip, Scan
from smile.data.landmarks import groups
from smile.data.units import in_millimetres
from smile.errors import UserError
from smile.rendering.pose.crop import crop, move_scan
from smile.rendering.pose.face_pose import find_poses

#: A clip goes on without its bad frames as long as no more than this share of those read is bad.
MOST_BAD_FRAMES = 0.2


@dataclass(frozen=True)
class PlacedClip:
    """What was read of a clip; scans and their landmarks are in the face frame, cropped."""

    numbers: tuple[int, ...]  # of the frames
    scans: tuple[Scan, ...]
    faults: tuple[tuple[int, str], ...] = ()  # frames that could not be used, and why
    wanted: int = 0  # frames that were to be read

    def find(self, frame: int | None) -> int | None:
        """Where a frame is among the scans, or the one closest to it."""
        if frame is None:
            return None
        return min(range(len(self.numbers)), key=lambda place: abs(self.numbers[place] - frame))


def place_clip(clip: Clip, rendering: Rendering) -> PlacedClip:
    """Reads and aligns at most `rendering.frames` frames of a clip, those that annotators named among them.

    Raises UserError (a BadFile among them) where more than 20 % of the frames cannot be used, or no frame.
    """
    found, faults = _read(clip, rendering.frames)
    scans = list(found.values())
    poses = find_poses(scans, clip.landmark_scheme)
    placed = [crop(move_scan(scan, pose), rendering.crop_radius) for pose, scan in zip(poses, scans, strict=True)]
    return PlacedClip(tuple(found), tuple(placed), faults, len(found) + len(faults))


def count_landmarks(scheme: str) -> int:
    """How many landmarks a scheme has."""
    return max(int(contour.stop) for contour in groups(scheme).values())


def choose_frames(total: int, most: int, marked: Sequence[int] = ()) -> list[int]:
    """At most `most` of `total` frames, evenly spaced but for the `marked` ones, which are among them.

    Where not all of the marked fit, the last of them do.
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
    """The scans that can be used, by the number of their frame, and the frames that the clip must do without."""
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
    """The frames that annotators named; UserError where they are not in the clip, or the wrong way round."""
    marked = {"onset": clip.onset, "apex": clip.apex}
    for name, frame in marked.items():
        if frame is not None and not 0 <= frame < total:
            raise UserError(f"the {name} is said to be frame {frame}, but the clip's {total} count from 0")
    if clip.onset is not None and clip.apex is not None and clip.onset > clip.apex:
        raise UserError(f"the onset is said to be frame {clip.onset}, after the apex, frame {clip.apex}")
    return [frame for frame in marked.values() if frame is not None]


def _check(scan: Scan, number: int, scheme: str | None) -> Scan:
    """The scan in millimetres; UserError on what would break the drawing or the table of landmarks."""
    if len(scan.triangles) == 0:
        raise UserError(f"frame {number} has no triangles")
    if scan.triangles.min() < 0 or scan.triangles.max() >= len(scan.vertices):
        raise UserError(f"frame {number} has a triangle with a vertex number out of range")
    if not np.isfinite(scan.vertices).all():
        raise UserError(f"frame {number} has vertices that are not finite")
    if scheme and scan.landmarks is not None and scan.landmarks.shape != (count_landmarks(scheme), 3):
        raise UserError(f"frame {number} has landmarks {scan.landmarks.shape}, not those of the scheme {scheme!r}")
    try:
        return in_millimetres(scan)
    except UserError as error:
        raise UserError(f"frame {number}: {error}") from None
