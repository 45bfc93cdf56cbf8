"""Embeds sequences as local binary patterns on three orthogonal planes: LBP-TOP (Zhao & Pietikäinen 2007).

Letters in shapes: N clips, V views, K frames, G planes of a frame, H and W pixels, X any width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.sequences.frames import find_frames
from smile.arrays import Float32, UInt8
from smile.config import Config
from smile.rendering.views import Views

#: Cells along each side of a picture; uniform patterns of 8 neighbours at one pixel or one frame, and how many
#: there are: 58 of at most two changes, and one bin for all others.
CELLS, NEIGHBOURS, BINS = 4, 8, 59
#: A pattern over time needs a frame before and one after.
LEAST_FRAMES = 3


@dataclass(frozen=True)
class ThreePlanes:
    """Embeds each plane of each view by `count_volume`; nothing is learnt."""

    def embed(self, views: Views) -> Float32:
        """Returns the histograms side by side, [N, X]; raises Unsuitable where there are fewer than three frames."""
        frames = find_frames(views.planes, LEAST_FRAMES)
        rows = [[count_volume(view[plane]) for view in clip for plane in frames.T] for clip in views.images]
        return np.array(rows, dtype=np.float32).reshape(len(views), -1)


def fit(views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
    """Returns the encoder at once; raises Unsuitable where the pictures hold fewer than three frames."""
    find_frames(views.planes, LEAST_FRAMES)
    return ThreePlanes()


def count_volume(volume_KHW: UInt8) -> NDArray[np.floating]:
    """Returns the shares of the patterns of the planes xy, xt and yt in each cell, flat; each histogram adds up to one.

    Counted are pixels whose neighbours all exist: those of the inner frames, not at the border of the picture.
    """
    across = _mark_slices(volume_KHW)[1:-1, 1:-1, 1:-1]
    rightwards = _mark_slices(volume_KHW.transpose(1, 0, 2)).transpose(1, 0, 2)[1:-1, 1:-1, 1:-1]
    downwards = _mark_slices(volume_KHW.transpose(2, 0, 1)).transpose(1, 2, 0)[1:-1, 1:-1, 1:-1]
    return np.concatenate([_count_cells(codes) for codes in (across, rightwards, downwards)])


def _mark_slices(slices: UInt8) -> NDArray[np.integer]:
    """Returns the pattern of each pixel of pictures [S, A, B], each picture by itself where neighbours exist.

    One call for all: they stand below each other, and only their borders, which are not counted, see the next one.
    """
    from skimage.feature import local_binary_pattern

    tall = np.ascontiguousarray(slices).reshape(-1, slices.shape[2])
    patterns: NDArray[np.integer] = local_binary_pattern(tall, NEIGHBOURS, 1, method="nri_uniform").astype(int)
    return patterns.reshape(slices.shape)


def _count_cells(codes: NDArray[np.integer]) -> NDArray[np.floating]:
    parts = [cell for rows in np.array_split(codes, CELLS, axis=1) for cell in np.array_split(rows, CELLS, axis=2)]
    return np.concatenate([np.bincount(cell.ravel(), minlength=BINS) / max(cell.size, 1) for cell in parts])
