"""Random changes of pictures that a face's expression survives.

Letters in shapes: B clips, V views, C channels, H and W pixels.

Each view of each clip is turned, scaled and shifted on its own: agreement across views then cannot rest on where
the face lies in the picture. Pictures are not mirrored: a mirrored left view is a right view of another face whose
depth and normals point the other way, and sentences may name a side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

#: The default ranges, at strength 1.
ROTATION = 10.0  # degrees, either way
SCALE = 0.10  # fraction, either way
SHIFT = 0.06  # fraction of the picture's width, either way
GAIN = 0.25  # fraction, either way, around neutral: how strong the motion or the relief looks
NOISE = 0.05  # largest standard deviation, of a range of 2
ERASE_SIDE = 0.35  # largest side of the erased rectangle, fraction of the picture
ERASE_CHANCE = 0.5


def augment(pixels_BVCHW: Tensor, strength: float, seeds: Sequence[Sequence[int]]) -> Tensor:
    """Changed copies of pictures in the range of `to_pixels`; `seeds[b]` alone decides what happens to clip b.

    So a clip's picture depends neither on the rest of its batch nor on how many workers share it.
    """
    if strength == 0:
        return pixels_BVCHW
    views, channels, height, width = pixels_BVCHW.shape[1:]
    generators = [np.random.default_rng(list(seed)) for seed in seeds]
    placed = _place(pixels_BVCHW.flatten(0, 1), strength, generators, views).view(pixels_BVCHW.shape)
    gains = [1 + GAIN * strength * rng.uniform(-1, 1, (1, channels, 1, 1)) for rng in generators]
    noise = [_noise(strength, rng, (views, channels, height, width)) for rng in generators]
    kept = [_kept(min(ERASE_SIDE * strength, 1.0), rng, views, height, width) for rng in generators]
    device = pixels_BVCHW.device
    return (placed * _stack(gains, device) + torch.stack(noise).to(device)).clamp(-1, 1) * _stack(kept, device)


def _place(pixels_NCHW: Tensor, strength: float, generators: Sequence[np.random.Generator], views: int) -> Tensor:
    """Rotation, scale and shift of each picture; what comes in from outside repeats the border."""
    angle, scale, right, down = np.concatenate([rng.uniform(-1, 1, (views, 4)) for rng in generators]).T
    angle = np.radians(ROTATION * strength * angle)
    scale = 1 + SCALE * strength * scale
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    # Shifts are in half pictures, the unit of grid_sample.
    rows = [[cosine, -sine, 2 * SHIFT * strength * right], [sine, cosine, 2 * SHIFT * strength * down]]
    matrices_N23 = torch.from_numpy(np.array(rows).transpose(2, 0, 1)).to(pixels_NCHW)
    grid = affine_grid(matrices_N23, list(pixels_NCHW.shape), align_corners=False)
    return grid_sample(pixels_NCHW, grid, padding_mode="border", align_corners=False)


def _noise(strength: float, rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    # Torch draws normal numbers several times as fast as numpy, and this is most of what is drawn.
    generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
    return torch.randn(shape, generator=generator) * float(NOISE * strength * rng.uniform())


def _kept(side: float, rng: np.random.Generator, views: int, height: int, width: int) -> np.ndarray:
    """[V, 1, H, W] of ones, zero (neutral) in the rectangle that is erased of some views."""
    kept = np.ones((views, 1, height, width))
    for view in kept:
        chance, tall, wide, top, left = rng.uniform(size=5)
        if chance < ERASE_CHANCE:
            rows, columns = round(side * tall * height), round(side * wide * width)
            y, x = int(top * (height - rows)), int(left * (width - columns))
            view[:, y : y + rows, x : x + columns] = 0
    return kept


def _stack(values: Sequence[np.ndarray], device: torch.device) -> Tensor:
    return torch.from_numpy(np.stack(values)).to(device, torch.float32)
