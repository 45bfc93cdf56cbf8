"""Turns images of any size and number of channels into features, by a preset or a transformers vision model.

Letters in shapes: B images, C channels, H and W pixels, F feature width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from transformers import PreTrainedModel

from smile.arrays import Int64
from smile.errors import UserError
from smile.model.hub import try_tower
from smile.model.packed_tokens import ATTENTION, PASSES, pass_packed
from smile.model.patches import Patches
from smile.model.presets import IMAGE_PRESETS, make_image_tower
from smile.model.tiny_image_tower import TinyImageConfig
from smile.model.towers import load_tower

#: Image size for DINOv2, in pixels (Oquab et al. 2023, section 7). DINOv2 takes any multiple of its patch, and its
#: config states the size of its last, high-resolution epochs, which is larger.
DINOV2_SIZE = 224


def open_image_tower(name: str, channels: int, image_size: int) -> PreTrainedModel:
    """Makes a preset for images of this size, or loads a pretrained vision model (or half) by folder or hub name."""
    if name in IMAGE_PRESETS:
        return make_image_tower(name, channels, image_size)
    tower = load_tower(name, "vision")
    try_tower(name, lambda: ImageTower(tower, channels)(torch.zeros(1, channels, image_size, image_size)))
    return tower


def to_pixels(images: Tensor) -> Tensor:
    """Converts uint8 images to float32 by (value - 128) / 128, so that a pixel without motion is zero."""
    return images.float().sub_(128).mul_(1 / 128)  # exact, as 128 is a power of two; in place, so one copy in memory


class ImageTower(nn.Module):
    """Fits images to a tower (channels by a 1 x 1 convolution, size by interpolation) and pools its output.

    `background` is the background pixel of each channel, 0 to 255. Where it is given, the tower leaves out patches
    that show background only. Raises UserError for a tower that cannot leave patches out.
    """

    def __init__(self, tower: PreTrainedModel, channels: int, background: Sequence[int] | None = None) -> None:
        super().__init__()
        self.tower = tower
        self.size = _picture_size(tower.config)
        self.feature_size: int = getattr(tower.config, "hidden_size", None) or tower.config.hidden_sizes[-1]
        wanted = tower.config.num_channels
        self.adapter = _adapter(channels, wanted) if channels != wanted else nn.Identity()
        self.patches = None if background is None else _cut(tower, background)

    def forward(self, pixels_BCHW: Tensor, token_bound: Int64 | None = None) -> Tensor:
        """Returns features [B, F]: the tower's pooler output, or else its class token, or else the mean of its maps.

        `token_bound` is an upper bound on the tokens where background is left out (see packed_tokens.pass_packed).
        """
        seen_BP = None if self.patches is None else self.patches.find(pixels_BCHW)
        pixels_BCHW = self.adapter(pixels_BCHW)
        if self.size is not None and pixels_BCHW.shape[-2:] != self.size:
            pixels_BCHW = interpolate(pixels_BCHW, self.size, mode="bilinear", antialias=True)
        if seen_BP is not None:
            return pass_packed(self.tower, pixels_BCHW, seen_BP, token_bound)
        output = self.tower(pixel_values=pixels_BCHW)
        pooled: Tensor | None = getattr(output, "pooler_output", None)
        if pooled is not None:
            return pooled.flatten(start_dim=1)
        hidden: Tensor = output.last_hidden_state
        return hidden[:, 0] if hidden.ndim == 3 else hidden.mean(dim=(2, 3))


def _picture_size(config: Any) -> tuple[int, int] | None:
    """Returns the only image size that the tower takes; None where it takes any size."""
    if config.model_type in ("resnet", "convnext", "convnextv2", TinyImageConfig.model_type):
        return None
    size = config.image_size
    height, width = (size, size) if isinstance(size, int) else size
    if config.model_type.startswith("dinov2"):
        height, width = min(height, DINOV2_SIZE), min(width, DINOV2_SIZE)
    return int(height), int(width)


def _cut(tower: PreTrainedModel, background: Sequence[int]) -> Patches:
    kind, size = tower.config.model_type, _picture_size(tower.config)
    if kind not in PASSES or size is None:
        raise UserError(
            f"setting 'model.background': a tower of type {kind!r} cannot leave patches out; set it to kept, "
            f"or choose a model.image_tower of type {', '.join(PASSES)} (small and base are such)"
        )
    tower.set_attn_implementation(ATTENTION)
    return Patches(tuple(background), size, int(tower.config.patch_size))


def _adapter(channels: int, wanted: int) -> nn.Conv2d:
    """Makes a 1 x 1 convolution that first repeats channels where there are too few, or sums them where too many."""
    adapter = nn.Conv2d(channels, wanted, kernel_size=1)
    with torch.no_grad():
        adapter.weight.zero_()
        adapter.bias.zero_()  # type: ignore[union-attr]  # made with a bias
        for number in range(max(channels, wanted)):
            adapter.weight[number % wanted, number % channels] = 1
    return adapter
