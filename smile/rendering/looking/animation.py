"""Draws clips as animations: shaded by their normals, or in the scans' own colours.

Letters in shapes: T frames, V views, H and W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from smile.arrays import Float32, UInt8
from smile.config import Rendering
from smile.data.face import Clip, Scan, name_labels
from smile.errors import UserError
from smile.rendering.clip_frames import place_clip
from smile.rendering.clip_pictures import draw_scans
from smile.rendering.looking.sheet import SheetRow, lay_out
from smile.rendering.raster.cameras import name_views

#: Suffixes of files that can show motion.
SUFFIXES = (".gif", ".webp")

#: Direction to the light in the camera's axes, from above the viewer's left shoulder; brightness of shadows.
_LIGHT, _AMBIENT = np.array([-0.35, 0.45, 0.82]), 0.15
_SKIN = np.array([226.0, 196.0, 178.0])


def animate(clips: Sequence[Clip], rendering: Rendering, title: str) -> list[Image.Image]:
    """Returns the images of an animated sheet: one row per clip with its expression, one column per view.

    All clips last as long as the longest. Raises UserError if no clip has two frames, and the errors of reading.
    """
    films = [film(clip, rendering) for clip in clips]
    count = max(len(one) for one in films)
    if count < 2:
        raise UserError("a single scan does not move; write a sheet of it with --out sheet.png")
    sheets = []
    for time in np.linspace(0, 1, count):
        now = [one[round(time * (len(one) - 1))] for one in films]
        rows = [SheetRow(name_labels(clip.labels), list(pictures)) for clip, pictures in zip(clips, now, strict=True)]
        sheets.append(lay_out(title, [("", name_views(rendering))], rows))
    return sheets


def film(clip: Clip, rendering: Rendering) -> UInt8:
    """Returns the images [T, V, H, W, 3] of a clip's frames, on white; in colour if every scan has colours."""
    scans = place_clip(clip, rendering).scans
    layer = "colour" if all(map(has_colour, scans)) else "normals"
    frames = []
    for raster in draw_scans(scans, rendering, (layer,)):
        drawn = raster.layers[layer].transpose(0, 2, 3, 1)
        shown = 255.0 * drawn if layer == "colour" else _shade(drawn)
        frames.append(np.where(raster.mask[..., None], np.rint(np.clip(shown, 0, 255)), 255).astype(np.uint8))
    return np.stack(frames)


def has_colour(scan: Scan) -> bool:
    """Returns whether a scan can be drawn in its own colours."""
    return scan.colours is not None or (scan.texture is not None and scan.uv is not None)


def save_animation(sheets: Sequence[Image.Image], path: Path, suffix: str, seconds: float) -> None:
    """Writes a .gif or .webp that lasts this many seconds and repeats."""
    if suffix == ".gif":  # 128 flat colours look better than 256 dithered ones, and need a third of the space
        sheets = [sheet.quantize(128, dither=Image.Dither.NONE) for sheet in sheets]
    first, *others = sheets
    step = round(1000 * seconds / len(sheets))
    kind = suffix.removeprefix(".").upper()
    first.save(path, format=kind, save_all=True, append_images=others, duration=step, loop=0)


def _shade(normals: Float32) -> Float32:
    """Returns colours [..., 3] of matt skin with these normals."""
    light = np.clip(normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0, None)
    return np.asarray((_AMBIENT + (1 - _AMBIENT) * light)[..., None] * _SKIN, dtype=np.float32)
