"""Measures optical flow and strain between onset and apex, as methods of micro-expressions read them.

Letters in shapes: N clips, V views, H and W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from bench.methods.sequences.frames import find_frames
from smile.arrays import Float64, UInt8
from smile.rendering.views import Views

#: Width and height of a picture of flow (Liong et al. 2019, section III), and its planes.
SIZE, PLANES = 28, ("flow right", "flow down", "strain")
#: Steps of uint8 for a flow of one pixel, and for a strain of one: a clip at 8 pixels, and at one.
PER_PIXEL, PER_STRAIN = 16.0, 255.0
#: Most pictures of flow that are kept, 2 kB each.
MOST_KNOWN = 20_000
_KNOWN: dict[bytes, UInt8] = {}


def show_flow(views: Views) -> Views:
    """Returns the views with pictures of flow in the place of their own, [N, V, 3, SIZE, SIZE].

    Flow is measured on depth where it is there, otherwise on the first plane, from the first key frame to the last.
    Raises Unsuitable where the pictures hold no two frames.
    """
    plane = _find_plane(views.planes)
    frames = find_frames(views.planes)[[0, -1], plane]
    pictures = [[_recall_flow(*view[frames]) for view in clip] for clip in views.images]
    return replace(views, images=np.array(pictures, dtype=np.uint8), planes=PLANES)


def _recall_flow(onset: UInt8, apex: UInt8) -> UInt8:
    """Returns the flow of two pictures; an equal pair, which every encoder of a table meets again, is not measured."""
    key = blake2b(onset.tobytes() + apex.tobytes() + repr(onset.shape).encode(), digest_size=16).digest()
    if key not in _KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = paint_flow(onset, apex)
    return _KNOWN[key]


def paint_flow(onset: UInt8, apex: UInt8) -> UInt8:
    """Returns flow to the right, flow downwards and strain [3, SIZE, SIZE] between two pictures [H, W]."""
    from skimage.registration import optical_flow_ilk
    from skimage.transform import resize

    # Each pixel of the result says where the onset shows what the apex shows here; so motion is what it says, negated.
    down, right = -optical_flow_ilk(apex / 255.0, onset / 255.0, radius=max(onset.shape[0] // 12, 2))
    fields = (128 + PER_PIXEL * right, 128 + PER_PIXEL * down, PER_STRAIN * measure_strain(right, down))
    small = [resize(field, (SIZE, SIZE), order=1, anti_aliasing=True) for field in fields]
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)


def measure_strain(right: Float64, down: Float64) -> Float64:
    """Returns the magnitude of the strain of a flow [H, W] (Liong et al. 2019, eq. 5): how much the skin is stretched.

    It is the root of the sum of squares of all four entries of the symmetric part of the flow's derivative.
    """
    (right_y, right_x), (down_y, down_x) = np.gradient(right), np.gradient(down)
    shear = (right_y + down_x) / 2
    return np.asarray(np.sqrt(right_x**2 + down_y**2 + 2 * shear**2))


def _find_plane(planes: Sequence[str]) -> int:
    """Returns which plane of a frame is depth; the first where none is."""
    frame = find_frames(planes)[0]
    return next((place for place, number in enumerate(frame) if planes[number].startswith("key_depth ")), 0)
