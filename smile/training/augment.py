"""Changes images at random without changing the expression of the face.

Letters in shapes: B clips, V views, N images (B V), C channels, H and W pixels, K numbers drawn for a clip.

Each view of each clip is rotated, scaled and shifted independently, so that views cannot agree just by the place of
the face in the image. Images are not mirrored: a mirrored left view is a right view of another face, whose depth and
normals point the other way, and sentences may name a side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

from smile.arrays import Float64
from smile.model.patches import mark_face

#: The default ranges, at strength 1. Faces are aligned, so a face is moved only as far as alignment without landmarks
#: errs (docs/rendering.md): three times as far cost the encoders of single scans 3 to 12 points (docs/log.md).
ROTATION = 3.0  # degrees, either way
SCALE = 0.03  # fraction, either way
SHIFT = 0.02  # fraction of the image's width, either way
GAIN = 0.25  # fraction, either way: contrast around neutral, that is, how strong the motion or the relief looks
NOISE = 0.05  # largest standard deviation, where pixels range from -1 to 1
ERASE_SIDE = 0.35  # largest side of the erased rectangle, fraction of the image
ERASE_CHANCE = 0.5  # probability that a rectangle is erased

#: Number of places in the table of noise at which the noise of an image may begin.
NOISE_PLACES = 2**20


def augment(
    pixels_BVCHW: Tensor,
    strength: float,
    seeds_BS: NDArray[np.integer],
    background: Sequence[float] | None = None,
) -> Tensor:
    """Returns changed copies of images in the range of `to_pixels`; row b of the integers `seeds_BS` changes clip b.

    So the images of a clip depend neither on the rest of the batch, nor on the number of workers, nor on the device.
    `background` is the background pixel of each channel, where it is known. Background then gets no gain and no noise,
    and an erased rectangle becomes background, so that pixels alone still tell face from background.
    """
    if strength == 0:
        return pixels_BVCHW
    clips, views, channels = pixels_BVCHW.shape[:3]
    # A blocking copy would wait for all work in the queue of the device.
    drawn_BK = torch.from_numpy(draw_uniform(seeds_BS, 10 * views + channels + 1)).to(
        pixels_BVCHW.device, non_blocking=True
    )
    drawn_NK = drawn_BK[:, : 10 * views].reshape(clips * views, 10)
    gain_BC, noise_B1 = drawn_BK[:, 10 * views : -1], drawn_BK[:, -1:]
    place_N4, erase_N5, noise_N1 = drawn_NK[:, :4], drawn_NK[:, 4:9], drawn_NK[:, 9:]
    pictures = _place(pixels_BVCHW.flatten(0, 1), strength, 2 * place_N4 - 1).view(pixels_BVCHW.shape)
    nothing_BVHW = None if background is None else ~mark_face(pictures, background)
    gain_BC = 1 + GAIN * strength * (2 * gain_BC - 1)
    level_B1 = NOISE * strength * noise_B1
    noise = _noise(pixels_BVCHW[0, 0].numel(), noise_N1).view(pixels_BVCHW.shape)
    pictures.mul_(gain_BC[:, None, :, None, None].float())
    pictures.addcmul_(noise, level_B1[:, :, None, None, None].float()).clamp_(-1, 1)
    erased = _erased(min(ERASE_SIDE * strength, 1.0), erase_N5, *pixels_BVCHW.shape[-2:])
    erased_BVHW = erased.view(clips, views, *pixels_BVCHW.shape[-2:])
    if nothing_BVHW is None or background is None:
        return pictures.mul_((~erased_BVHW)[:, :, None].float())  # takes a sixth of the time of masked_fill
    for channel_BVHW, value in zip(pictures.unbind(dim=2), background, strict=True):
        channel_BVHW.masked_fill_(erased_BVHW | nothing_BVHW, value)
    return pictures


def move_pictures(pictures_BVCHW: Tensor, strength: float, seeds_BS: NDArray[np.integer]) -> Tensor:
    """Returns copies that are rotated, scaled and shifted as `augment` does with these seeds; nothing else changes."""
    drawn_BK = torch.from_numpy(draw_uniform(seeds_BS, 10 * pictures_BVCHW.shape[1])).to(pictures_BVCHW.device)
    pictures_NCHW = pictures_BVCHW.flatten(0, 1)
    drawn_N4 = drawn_BK.reshape(len(pictures_NCHW), 10)[:, :4]
    return _place(pictures_NCHW, strength, 2 * drawn_N4 - 1).view(pictures_BVCHW.shape)


def spread_pixels(strength: float) -> float:
    """Returns how many pixels apart, in the original image, the sources of two neighbouring pixels can be."""
    angle = math.radians(min(ROTATION * strength, 45.0))  # a rotated square is widest at 45 degrees
    return (1 + SCALE * strength) * (math.cos(angle) + math.sin(angle))


def draw_uniform(seeds_BS: NDArray[np.integer], count: int) -> Float64:
    """Returns numbers [B, count] from 0 to 1; each row depends on its seeds alone (SplitMix64, Steele et al. 2014)."""
    state_B1 = np.zeros((len(seeds_BS), 1), dtype=np.uint64)
    for column in seeds_BS.T:
        state_B1 = _mix(state_B1 ^ column.astype(np.uint64)[:, None])
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (_mix(state_B1 + steps) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def _place(pixels_NCHW: Tensor, strength: float, drawn_N4: Tensor) -> Tensor:
    """Rotates, scales and shifts each image; pixels from outside the image repeat its border."""
    angle, scale, right, down = (column[:, None, None] for column in drawn_N4.unbind(dim=1))
    angle, scale = torch.deg2rad(ROTATION * strength * angle), 1 + SCALE * strength * scale
    cosine, sine = (angle.cos() * scale).float(), (angle.sin() * scale).float()
    # Shifts are in halves of an image, the unit of grid_sample.
    right, down = (2 * SHIFT * strength * right).float(), (2 * SHIFT * strength * down).float()
    y_H1, x_1W = (_centres(size, pixels_NCHW.device) for size in pixels_NCHW.shape[-2:])
    y_H1 = y_H1[:, None]
    # affine_grid would give the same grid in ten times the time.
    grid_NHW2 = pixels_NCHW.new_empty((len(pixels_NCHW), *pixels_NCHW.shape[-2:], 2))
    torch.add(cosine * x_1W + right, -sine * y_H1, out=grid_NHW2[..., 0])
    torch.add(sine * x_1W + down, cosine * y_H1, out=grid_NHW2[..., 1])
    return grid_sample(pixels_NCHW, grid_NHW2, padding_mode="border", align_corners=False)


def _centres(size: int, device: torch.device) -> Tensor:
    """Returns the centres of `size` pixels between -1 and 1."""
    return (torch.arange(size, device=device) * 2 + 1) / size - 1


def _noise(length: int, drawn_N1: Tensor) -> Tensor:
    """Returns normal numbers [N, length]: for each image a part of one table, from the place drawn for the image."""
    places_N = (drawn_N1[:, 0] * NOISE_PLACES).long()
    return _noise_table(length, drawn_N1.device).unfold(0, length, 1)[places_N]


@cache
def _noise_table(length: int, device: torch.device) -> Tensor:
    # Drawn once, because new normal numbers for each pixel and step take longer than the forward pass of a small tower.
    return torch.randn(NOISE_PLACES + length, generator=torch.Generator().manual_seed(0)).to(device)


def _erased(side: float, drawn_N5: Tensor, height: int, width: int) -> Tensor:
    """Returns [N, H, W], true inside the erased rectangle; some images have none."""
    chance, tall, wide, top, left = drawn_N5.unbind(dim=1)
    rows, columns = (side * tall * height).round(), (side * wide * width).round()
    rows = torch.where(chance < ERASE_CHANCE, rows, 0)
    # One more place than the rest of the image has lines: the last place is at its very end.
    down_NH = _between((top * (height - rows + 1)).floor(), rows, height)
    along_NW = _between((left * (width - columns + 1)).floor(), columns, width)
    return down_NH[:, :, None] & along_NW[:, None, :]


def _between(first_N: Tensor, count_N: Tensor, size: int) -> Tensor:
    places = torch.arange(size, device=first_N.device)
    return (places >= first_N[:, None]) & (places < (first_N + count_N)[:, None])
