"""Draws the images of a clip, and measures its landmarks at rest and at the apex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from smile.arrays import Float32, UInt8
from smile.config import Rendering
from smile.data.face import Clip, Scan
from smile.errors import UserError
from smile.rendering.clip_frames import PlacedClip, count_landmarks, place_clip, refuse_many
from smile.rendering.motion.channels import layers_of, paint
from smile.rendering.motion.course import FEWEST
from smile.rendering.motion.film import Film, assemble
from smile.rendering.motion.regression import fit_ends
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.engines import ENGINES, choose_engine
from smile.rendering.raster.rasterize import Raster

#: Least share of the pixels of the front view that show a face, or the picture counts as empty: faces fill a third.
LEAST_SHOWN = 0.03


@dataclass(frozen=True)
class ClipPictures:
    """Holds what is kept of a clip: V views, C channels, L landmarks."""

    images: UInt8  # [V, C, H, W]
    # [2, L, 3] mm in the face frame, at rest and at the apex; NaN without landmarks. They lie on the line that fits all
    # frames best. If fewer than course.FEWEST frames have landmarks, the frames closest to onset and apex are used.
    landmarks: Float32
    faults: tuple[tuple[int, str], ...] = ()  # (frame number, reason) of frames that could not be used


def render_clip(clip: Clip, rendering: Rendering) -> ClipPictures:
    """Reads, aligns and draws at most `rendering.frames` frames of a clip, including annotated onset and apex.

    Raises UserError (or its subclass BadFile) if more than 20 % of the frames, or the only frame, cannot be used.
    """
    placed = place_clip(clip, rendering)
    placed, rasters = _drop_empty(placed, draw_scans(placed.scans, rendering, layers_of(rendering.channels)))
    film = assemble(rasters, rendering.key_frames, placed.find(clip.onset), placed.find(clip.apex))
    landmarks = _landmarks(placed.scans, film, clip.landmark_scheme)
    images = paint(rendering.channels, film)
    if (images == images[..., :1, :1]).all():
        raise UserError(
            f"nothing moves in its {len(placed.scans)} frame(s), and {', '.join(rendering.channels)} show what moves; "
            "leave single scans out, or draw them with rendering.static_channels"
        )
    return ClipPictures(images, landmarks, placed.faults)


def _drop_empty(placed: PlacedClip, rasters: Sequence[Raster]) -> tuple[PlacedClip, list[Raster]]:
    """The frames whose front view shows a face; the others are faults.

    Raises UserError where they are too many, as `refuse_many` has it.
    """
    shown = [float(raster.mask[0].mean()) for raster in rasters]
    empty = [
        (number, f"frame {number}: {share:.1%} of its picture shows a face; is the mesh a face, and whole?")
        for number, share in zip(placed.numbers, shown, strict=True)
        if share < LEAST_SHOWN
    ]
    if not empty:
        return placed, list(rasters)
    faults = (*placed.faults, *empty)
    refuse_many(faults, placed.wanted)
    kept = [row for row, share in enumerate(shown) if share >= LEAST_SHOWN]
    numbers, scans = tuple(placed.numbers[row] for row in kept), tuple(placed.scans[row] for row in kept)
    return replace(placed, numbers=numbers, scans=scans, faults=faults), [rasters[row] for row in kept]


def draw_scans(scans: Sequence[Scan], rendering: Rendering, layers: Sequence[str]) -> list[Raster]:
    """Draws scans in the face frame with the engine, cameras and size of the settings."""
    rasterize, seen_from = ENGINES[choose_engine(rendering.engine)], cameras(rendering)
    cull = rendering.back_faces == "culled"
    return [rasterize(scan, seen_from, rendering.image_size, layers, cull) for scan in scans]


def _landmarks(scans: Sequence[Scan], film: Film, scheme: str | None) -> Float32:
    """Returns landmarks [2, L, 3] at rest and at the apex, from all frames with landmarks."""
    marked = {number: scan.landmarks for number, scan in enumerate(scans) if scan.landmarks is not None}
    if scheme is None or not marked:
        return np.full((2, count_landmarks(scheme) if scheme else 0, 3), np.nan, dtype=np.float32)
    closest = [min(marked, key=lambda number: (abs(number - when), number)) for when in (film.onset, film.apex)]
    single = np.stack([marked[number] for number in closest])
    if len(marked) < FEWEST:
        return single
    every = np.stack(list(marked.values())).swapaxes(1, 2)[:, None]  # in the form of one view with three planes
    seen = np.asarray(np.isfinite(every).all(axis=2, keepdims=True))
    ends = np.concatenate(fit_ends(every, seen, film.course.values[list(marked)])).swapaxes(1, 2)
    return np.where(np.isfinite(ends), ends, single)
