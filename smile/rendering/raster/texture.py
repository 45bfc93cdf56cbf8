"""Reads the texture image of a scan once, and looks up colours at places on it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numba import njit

from smile.arrays import Float32, UInt8
from smile.data.formats.pictures import open_picture
from smile.errors import BadFile


def read_texture(path: Path) -> UInt8:
    """Reads the image [H, W, 3], row 0 at the top; raises BadFile. Clips with the same image read it only once."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise BadFile(path, "", f"cannot be read as a picture ({error})", "copy the file again") from None
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> UInt8:
    with open_picture(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return pixels


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def look_up_colours(texture: UInt8, uv: Float32) -> Float32:
    """Returns colours [3, P] in [0, 1] at uv [2, P], v upwards: bilinear, with border pixels repeated outside."""
    high, wide, _ = texture.shape
    colours = np.empty((3, uv.shape[1]), dtype=np.float32)
    for p in range(uv.shape[1]):
        x = min(max(uv[0, p] * np.float32(wide) - np.float32(0.5), np.float32(0)), np.float32(wide - 1))
        y = min(max((1 - uv[1, p]) * np.float32(high) - np.float32(0.5), np.float32(0)), np.float32(high - 1))
        left, top = np.int64(x), np.int64(y)
        right, bottom = min(left + 1, wide - 1), min(top + 1, high - 1)
        a, b = x - np.float32(left), y - np.float32(top)
        for plane in range(3):
            upper = texture[top, left, plane] * (1 - a) + texture[top, right, plane] * a
            lower = texture[bottom, left, plane] * (1 - a) + texture[bottom, right, plane] * a
            colours[plane, p] = (upper * (1 - b) + lower * b) / 255
    return colours
