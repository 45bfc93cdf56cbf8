"""The planes of a picture: what each shows, and what its numbers from 0 to 255 mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smile.errors import UserError, unknown
from smile.rendering.motion import Film, rank_pool, subtract


@dataclass(frozen=True)
class Channel:
    """How one channel is made of a clip: a pixel is `rest + scale * value`, rounded and clipped to 0 .. 255."""

    planes: int
    make: Callable[[Film], NDArray[np.float32]]  # film -> values [N, planes, H, W]; NaN in the background
    rest: int  # pixel of the value zero
    scale: float  # pixel steps a unit (mm, or length of a unit normal)
    background: int  # pixel where there is no face


def _depth(film: Film) -> NDArray[np.float32]:
    return _face_only(film.depth, film)


def _normals(film: Film) -> NDArray[np.float32]:
    return _face_only(film.normals, film)


def _mask(film: Film) -> NDArray[np.float32]:
    return np.asarray(film.mask[film.apex], dtype=np.float32)


def _rank_depth(film: Film) -> NDArray[np.float32]:
    return _rank(film.depth, film)


def _rank_normals(film: Film) -> NDArray[np.float32]:
    return _rank(film.normals, film)


def _difference_depth(film: Film) -> NDArray[np.float32]:
    return subtract(film.depth, film.mask, film.onset, film.apex)


def _difference_normals(film: Film) -> NDArray[np.float32]:
    return subtract(film.normals, film.mask, film.onset, film.apex)


def _face_only(pictures: NDArray[np.float32], film: Film) -> NDArray[np.float32]:
    shown: NDArray[np.float32] = np.where(film.mask[film.apex], pictures[film.apex], np.float32(np.nan))
    return shown


def _rank(pictures: NDArray[np.float32], film: Film) -> NDArray[np.float32]:
    # Only up to the apex: over a clip that returns to neutral the rising and the falling half would cancel.
    span = slice(film.onset, film.apex + 1)
    return rank_pool(pictures[span], film.mask[span])


#: Steps of motion: 12 a millimetre reach 10.6 mm before they clip (a dropped jaw) and keep scanner noise (0.2 mm) at
#: two steps; 180 a unit normal reach a turn of 41 degrees.
_PER_MM, _PER_NORMAL = 12.0, 180.0

#: Name of the channel -> how it is made. The first three show the apex, the others what moved since the onset.
CHANNELS: dict[str, Channel] = {
    "depth": Channel(1, _depth, 128, 255 / 160, 0),
    "normals": Channel(3, _normals, 128, 127.0, 128),
    "mask": Channel(1, _mask, 0, 255.0, 0),
    "rank_depth": Channel(1, _rank_depth, 128, _PER_MM, 128),
    "rank_normals": Channel(3, _rank_normals, 128, _PER_NORMAL, 128),
    "difference_depth": Channel(1, _difference_depth, 128, _PER_MM, 128),
    "difference_normals": Channel(3, _difference_normals, 128, _PER_NORMAL, 128),
}


def stack(names: Sequence[str]) -> int:
    """How many planes these channels have together; UserError on none, and on an unknown name."""
    if not names:
        raise UserError(f"setting 'rendering.channels' is empty; name some of: {', '.join(CHANNELS)}")
    for name in names:
        if name not in CHANNELS:
            raise unknown("channel", name, CHANNELS)
    return sum(CHANNELS[name].planes for name in names)


def paint(names: Sequence[str], film: Film) -> NDArray[np.uint8]:
    """The pictures [N, C, H, W] of a clip, its channels stacked in the order of `names`."""
    stack(names)
    return np.concatenate([_quantise(CHANNELS[name], film) for name in names], axis=1)


def _quantise(channel: Channel, film: Film) -> NDArray[np.uint8]:
    values = channel.make(film)
    steps = np.clip(np.rint(channel.rest + channel.scale * values), 0, 255)
    return np.where(np.isnan(values), channel.background, steps).astype(np.uint8)
