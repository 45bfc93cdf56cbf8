"""Finds the frames of a sequence among the planes of its pictures.

The channels of key frames (`key_normals`, `key_depth`) show rendering.key_frames frames from onset to apex. Other
channels hold one picture of the whole motion, and their planes belong to no frame.
Letters in shapes: K frames, G planes of a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.methods.method import Unsuitable
from smile.arrays import Int64
from smile.config import Config

#: Frames that a sequence must have, so that there is an order.
LEAST = 2


def find_frames(planes: Sequence[str], least: int = LEAST) -> Int64:
    """Returns the numbers of the planes of each frame, [K, G], onset first, apex last.

    Raises Unsuitable where the pictures hold fewer than `least` frames.
    """
    places = [(number, *plane.rpartition(" ")[2].partition("/")[::2]) for number, plane in enumerate(planes)]
    frames: dict[int, list[int]] = {}
    for number, frame, count in places:
        if frame.isdecimal() and count.isdecimal():
            frames.setdefault(int(frame), []).append(number)
    if len(frames) < least:
        raise Unsuitable(
            f"needs pictures of at least {least} frames, and these show {len(frames) or 'the whole motion in one'}; "
            "measure all methods with --set rendering.channels=key_normals,key_depth"
        )
    return np.array([frames[number] for number in sorted(frames)])


def show_one_frame(config: Config) -> Config:
    """Returns the config of a tower that reads the planes of one key frame."""
    channels = tuple(name for name in config.rendering.channels if name.startswith("key_"))
    rendering = replace(config.rendering, channels=channels or config.rendering.channels, key_frames=1)
    return replace(config, rendering=rendering)
