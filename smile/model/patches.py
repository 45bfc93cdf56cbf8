"""Which patches of a picture show something of a face, found from its pixels alone.

Letters in shapes: N pictures, C channels, H and W pixels, P patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

#: Half a step of uint8 in the range of `to_pixels`: what differs by less from the background is the background.
HALF_STEP = 1 / 256


@dataclass(frozen=True)
class Patches:
    """How a vision transformer cuts its pictures, and what they hold where there is no face."""

    background: tuple[int, ...]  # pixel of each channel, 0 to 255
    size: tuple[int, int]  # of the pictures that the tower reads, pixels
    patch: int  # pixels, width and height

    @property
    def values(self) -> list[float]:
        """The background in the range of `to_pixels`."""
        return [(pixel - 128) / 128 for pixel in self.background]

    def find(self, pixels_NCHW: Tensor) -> Tensor:
        """[N, P], true for the patches, row by row, in which a pixel of any channel is not the background's."""
        return self.cover(mark_face(pixels_NCHW, self.values))

    def cover(self, face_NHW: Tensor) -> Tensor:
        """[N, P], true for the patches that a pixel of a mask reaches when the picture is fitted to the tower."""
        face_N1HW = face_NHW[:, None].float()
        if face_N1HW.shape[-2:] != self.size:
            face_N1HW = interpolate(face_N1HW, self.size, mode="bilinear", antialias=True)
        return max_pool2d(face_N1HW, self.patch).flatten(1) > 0


def mark_face(pixels: Tensor, background: Sequence[float]) -> Tensor:
    """[..., H, W], true where a channel of pixels [..., C, H, W] is not its `background`."""
    channels = zip(pixels.unbind(dim=-3), background, strict=True)
    return reduce(torch.logical_or, ((channel - value).abs() >= HALF_STEP for channel, value in channels))
