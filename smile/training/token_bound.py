"""How many tokens a step's pictures can have once they are augmented, known on the host before they are.

So a step on a GPU need not wait to be told. What is kept of a picture is which of its cells of a few pixels a face
reaches; they are moved as the picture will be, each as large as what might come into it.
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

#: Cells along a patch, or more where its pixels cannot be cut so: smaller ones follow an outline more closely.
CELLS = 4
#: Clips whose pictures are looked at in one go.
CHUNK = 64
#: A point in a cell lies less than half a cell from its middle either way: the cell weighs more than this in it.
LEAST = 0.2


class TokenBound:
    """Bounds of the tokens of pictures [N, V, C, H, W] that are augmented with `strength`."""

    def __init__(self, images: UInt8, patches: Patches, strength: float) -> None:
        self.strength = strength
        height, width = images.shape[-2:]
        self.cell = cell = math.gcd(patches.patch, height, width, max(patches.patch // CELLS, 1))  # pixels
        self.cells = Patches((), (height // cell, width // cell), patches.patch // cell)
        background = np.array(patches.background, dtype=np.uint8)[:, None, None]
        chunks = (images[start : start + CHUNK] != background for start in range(0, len(images), CHUNK))
        self.face_NVhw = torch.cat([self._pool(torch.from_numpy(chunk.any(axis=2))) for chunk in chunks])

    def bound(self, rows: Int64, seeds_BS: NDArray[np.integer]) -> Int64:
        """[B], no fewer than the patches and class tokens of these clips' views when `seeds_BS` augment them."""
        face_BVhw = self.face_NVhw[torch.from_numpy(rows)]
        if self.strength:
            moved = move_pictures(self._widen(face_BVhw)[:, :, None], self.strength, seeds_BS)
            face_BVhw = moved[:, :, 0] >= LEAST
        clips, views = face_BVhw.shape[:2]
        patches_NP = self.cells.cover(face_BVhw.flatten(0, 1))
        bound: Int64 = (patches_NP.view(clips, -1).sum(dim=1) + views).numpy()
        return bound

    def _widen(self, face_BVhw: Tensor) -> Tensor:
        """With all cells around that may come in: a cell's pixels come from so far beside its middle, and one more."""
        reach = math.ceil((spread_pixels(self.strength) * (self.cell - 1) / 2 + 0.5) / self.cell)
        return max_pool2d(face_BVhw.float(), 2 * reach + 1, stride=1, padding=reach)

    def _pool(self, face_NVHW: Tensor) -> Tensor:
        return max_pool2d(face_NVHW.float(), self.cell).bool()
