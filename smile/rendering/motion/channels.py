"""TABLE CHANNELS: what an image channel shows, and what its values from 0 to 255 mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from smile.arrays import Float32, UInt8
from smile.errors import UserError, unknown
from smile.rendering.motion.film import Film, pick, regress_layer, subtract
from smile.rendering.motion.rank_pooling import exact_rank_pool, rank_pool
from smile.rendering.raster.layers import LAYERS


@dataclass(frozen=True)
class Channel:
    """Says how a channel is made from a clip: a pixel is `rest + scale * value`, rounded and clipped to 0 .. 255."""

    layer: str  # key of LAYERS in raster/layers.py
    make: Callable[[Film, str], Float32]  # (film, layer) -> values [N, planes, H, W]; NaN in the background
    rest: int  # pixel for the value zero
    scale: float  # pixel steps per unit of the layer
    background: int  # pixel where there is no face
    per_key_frame: bool = False  # whether each key frame has an image of its own


def _at_apex(film: Film, layer: str) -> Float32:
    shown: Float32 = np.where(film.mask[film.apex], film.layers[layer][film.apex], np.float32(np.nan))
    return shown


def _outline(film: Film, _layer: str) -> Float32:
    return np.asarray(film.mask[film.apex], dtype=np.float32)


def _at_keys(film: Film, layer: str) -> Float32:
    return pick(film.layers[layer], film.mask, film.keys)


def _pooled(film: Film, layer: str) -> Float32:
    # Frames up to the apex only: in a clip that returns to neutral, rising and falling half would cancel.
    span = slice(film.start, film.apex + 1)
    return rank_pool(film.layers[layer][span], film.mask[span])


def _exactly_pooled(film: Film, layer: str) -> Float32:
    span = slice(film.start, film.apex + 1)
    return exact_rank_pool(film.layers[layer][span], film.mask[span])


def _subtracted(film: Film, layer: str) -> Float32:
    return subtract(film.layers[layer], film.mask, film.onset, film.apex)


#: Pixel steps for motion. 12 per mm clip at 10.6 mm (a dropped jaw) and show scanner noise (0.2 mm) as two steps.
#: 180 per unit of a normal clip at a turn of 41 degrees.
_PER_MM, _PER_NORMAL = 12.0, 180.0

#: Name of the channel -> how it is made. The first channels show the apex; those from movement_depth on show motion;
#: those of key frames show all rendering.key_frames frames from onset to apex.
CHANNELS: dict[str, Channel] = {
    "depth": Channel("depth", _at_apex, 128, 255 / 160, 0),
    "normals": Channel("normals", _at_apex, 128, 127.0, 128),
    "face_normals": Channel("face_normals", _at_apex, 128, 127.0, 128),
    "shape_index": Channel("shape_index", _at_apex, 128, 127.0, 128),
    "curvedness": Channel("curvedness", _at_apex, 0, 255 / 0.25, 0),  # white at 0.25 1/mm: a ridge of 3 mm radius
    "colour": Channel("colour", _at_apex, 0, 255.0, 0),
    "mask": Channel("depth", _outline, 0, 255.0, 0),
    "movement_depth": Channel("depth", regress_layer, 128, _PER_MM, 128),
    "movement_normals": Channel("normals", regress_layer, 128, _PER_NORMAL, 128),
    "movement_shape_index": Channel("shape_index", regress_layer, 128, 127.0, 128),
    "rank_depth": Channel("depth", _pooled, 128, _PER_MM, 128),
    "rank_normals": Channel("normals", _pooled, 128, _PER_NORMAL, 128),
    "exact_rank_depth": Channel("depth", _exactly_pooled, 128, _PER_MM, 128),
    "exact_rank_normals": Channel("normals", _exactly_pooled, 128, _PER_NORMAL, 128),
    "rank_shape_index": Channel("shape_index", _pooled, 128, 127.0, 128),
    "difference_depth": Channel("depth", _subtracted, 128, _PER_MM, 128),
    "difference_normals": Channel("normals", _subtracted, 128, _PER_NORMAL, 128),
    "difference_shape_index": Channel("shape_index", _subtracted, 128, 127.0, 128),
    "key_depth": Channel("depth", _at_keys, 128, 255 / 160, 0, per_key_frame=True),
    "key_normals": Channel("normals", _at_keys, 128, 127.0, 128, per_key_frame=True),
}


def name_planes(names: Sequence[str], key_frames: int = 1) -> tuple[str, ...]:
    """Returns the channel (and key frame) of each plane of an image; UserError on no channel or an unknown one."""
    if not names:
        raise UserError(f"setting 'rendering.channels' is empty; name some of: {', '.join(CHANNELS)}")
    for name in names:
        if name not in CHANNELS:
            raise unknown("channel", name, CHANNELS)
    pictures = [picture for name in names for picture in _name_pictures(name, key_frames)]
    return tuple(picture for name, picture in pictures for _ in range(LAYERS[CHANNELS[name].layer].planes))


def name_backgrounds(names: Sequence[str], key_frames: int = 1) -> tuple[int, ...]:
    """Returns the background pixel of each plane."""
    return tuple(CHANNELS[name].background for name in names for _ in name_planes([name], key_frames))


def background_of(plane: str) -> int:
    """Returns the background pixel of a plane by its name, e.g. "depth" or "key_depth 1/3"."""
    return CHANNELS[plane.partition(" ")[0]].background


def _name_pictures(name: str, key_frames: int) -> list[tuple[str, str]]:
    """Returns (channel, name) of each image that a channel makes of a view."""
    if not CHANNELS[name].per_key_frame:
        return [(name, name)]
    return [(name, f"{name} {number}/{key_frames}") for number in range(1, key_frames + 1)]


def needs_motion(name: str) -> bool:
    """Returns whether a channel shows nothing of a face that does not move."""
    return CHANNELS[name].make in (regress_layer, _pooled, _exactly_pooled, _subtracted)


def layers_of(names: Sequence[str]) -> tuple[str, ...]:
    """Returns the layers that these channels need, each once; first "depth", which decides when the apex is."""
    return tuple(dict.fromkeys(["depth", *(CHANNELS[name].layer for name in names)]))


def paint(names: Sequence[str], film: Film) -> UInt8:
    """Draws the images [N, C, H, W] of a clip, with its channels stacked in the order of `names`."""
    name_planes(names)
    return np.concatenate([_quantise(CHANNELS[name], film) for name in names], axis=1)


def _quantise(channel: Channel, film: Film) -> UInt8:
    values = channel.make(film, channel.layer)
    steps = np.clip(np.rint(channel.rest + channel.scale * values), 0, 255)
    return np.where(np.isnan(values), channel.background, steps).astype(np.uint8)
