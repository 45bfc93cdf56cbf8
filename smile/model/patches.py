"""Finds the patches of an image that show a part of the face, from its pixels alone.

Letters in shapes: N images, C channels, H and W pixels, P patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

#: Half a step of uint8 in the range of `to_pixels`: a pixel that differs less from the background is background.
HALF_STEP = 1 / 256


@dataclass(frozen=True)
class Patches:
    """Says how a vision transformer cuts images into patches, and which pixels are background."""

    background: tuple[int, ...]  # background pixel of each channel, 0 to 255
    size: tuple[int, int]  # pixels, height and width of the images that the tower reads
    patch: int  # pixels, width and height

    @property
    def values(self) -> list[float]:
        """Returns the background pixels in the range of `to_pixels`."""
        return [(pixel - 128) / 128 for pixel in self.background]

    def find(self, pixels_NCHW: Tensor) -> Tensor:
        """Returns [N, P], patches row by row, true where a pixel of any channel is not background."""
        return self.cover(mark_face(pixels_NCHW, self.values))

    def cover(self, face_NHW: Tensor) -> Tensor:
        """Returns [N, P], true where a patch holds a part of the mask after the mask is resized for the tower."""
        face_N1HW = face_NHW[:, None].float()
        if face_N1HW.shape[-2:] != self.size:
            face_N1HW = interpolate(face_N1HW, self.size, mode="bilinear", antialias=True)
        return max_pool2d(face_N1HW, self.patch).flatten(1) > 0


def mark_face(pixels: Tensor, background: Sequence[float]) -> Tensor:
    """Returns [..., H, W], true where any channel of pixels [..., C, H, W] differs from its `background`."""
    channels = zip(pixels.unbind(dim=-3), background, strict=True)
    return reduce(torch.logical_or, ((channel - value).abs() >= HALF_STEP for channel, value in channels))
