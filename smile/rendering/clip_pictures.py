"""Draws the images of a clip, and measures its landmarks at rest and at the apex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smile.arrays import Float32, UInt8
from smile.config import Rendering
from smile.data.face import Clip, Scan
from smile.rendering.clip_frames import count_landmarks, place_clip
from smile.rendering.motion.channels import layers_of, paint
from smile.rendering.motion.course import FEWEST
from smile.rendering.motion.film import Film, assemble
from smile.rendering.motion.regression import fit_ends
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.engines import ENGINES, choose_engine
from smile.rendering.raster.rasterize import Raster


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
    rasters = draw_scans(placed.scans, rendering, layers_of(rendering.channels))
    film = assemble(rasters, rendering.key_frames, placed.find(clip.onset), placed.find(clip.apex))
    landmarks = _landmarks(placed.scans, film, clip.landmark_scheme)
    return ClipPictures(paint(rendering.channels, film), landmarks, placed.faults)


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
