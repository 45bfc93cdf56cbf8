"""Bounds the number of tokens of augmented images on the host, before the images are augmented.

So a step on a GPU need not wait for the count. The host keeps a coarse map of each image: which cells of a few pixels
hold a part of the face. It moves this map as the image will be moved, and first enlarges the face in the map, so that
the map never holds less than the image. Example: a face that covers 10 patches may get the bound 12, but never 9.
Letters in shapes: N clips of the run, B clips of a batch, V views, h and w cells, H and W pixels, P patches.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import max_pool2d

from smile.arrays import Int64, UInt8
from smile.model.patches import Patches
from smile.training.augment import move_pictures, spread_pixels

#: Cells per side of a patch, or more where the pixels of a patch cannot be divided so; small cells give tight bounds.
CELLS = 4
#: Number of clips whose images are read at a time.
CHUNK = 64
#: A moved cell counts as face from this value on. A point lies less than half a cell from the middle of its cell in
#: either direction, so interpolation gives its cell a weight above 0.25, which is more than this value.
LEAST = 0.2


class TokenBound:
    """Bounds the tokens of images [N, V, C, H, W] that are augmented with `strength`."""

    def __init__(self, images: UInt8, patches: Patches, strength: float) -> None:
        self.strength = strength
        height, width = images.shape[-2:]
        self.cell = cell = math.gcd(patches.patch, height, width, max(patches.patch // CELLS, 1))  # pixels
        self.cells = Patches((), (height // cell, width // cell), patches.patch // cell)
        background = np.array(patches.background, dtype=np.uint8)[:, None, None]
        chunks = (images[start : start + CHUNK] != background for start in range(0, len(images), CHUNK))
        self.face_NVhw = torch.cat([self._pool(torch.from_numpy(chunk.any(axis=2))) for chunk in chunks])

    def bound(self, rows: Int64, seeds_BS: NDArray[np.integer]) -> Int64:
        """Returns [B], at least the number of face patches and class tokens of these clips, augmented by `seeds_BS`."""
        face_BVhw = self.face_NVhw[torch.from_numpy(rows)]
        if self.strength:
            moved = move_pictures(self._widen(face_BVhw)[:, :, None], self.strength, seeds_BS)
            face_BVhw = moved[:, :, 0] >= LEAST
        clips, views = face_BVhw.shape[:2]
        patches_NP = self.cells.cover(face_BVhw.flatten(0, 1))
        bound: Int64 = (patches_NP.view(clips, -1).sum(dim=1) + views).numpy()
        return bound

    def _widen(self, face_BVhw: Tensor) -> Tensor:
        """Enlarges the face by all cells that may reach a moved cell: its pixels come from so far beside its middle."""
        reach = math.ceil((spread_pixels(self.strength) * (self.cell - 1) / 2 + 0.5) / self.cell)
        return max_pool2d(face_BVhw.float(), 2 * reach + 1, stride=1, padding=reach)

    def _pool(self, face_NVHW: Tensor) -> Tensor:
        return max_pool2d(face_NVHW.float(), self.cell).bool()
