"""The preset image tower: a small residual network that learns from a few hundred clips on a processor.

Letters in shapes: B batch, C channels, H and W pixels, F feature width.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

#: Channels normalised together; group normalisation (Wu & He 2018) makes no clip depend on the rest of its batch,
#: so that several workers compute what one would.
GROUP = 8


class TinyImageConfig(PretrainedConfig):  # type: ignore[misc]  # transformers ships no types
    """Sizes of TinyImageTower: `widths` are the channels of the stages, each at half the resolution of the last."""

    model_type = "smile_tiny_image"

    def __init__(self, num_channels: int = 3, widths: tuple[int, ...] = (32, 64, 128, 256), **rest: Any) -> None:
        self.num_channels = num_channels
        self.widths = list(widths)
        self.hidden_size = self.widths[-1]
        super().__init__(**rest)


class TinyImageTower(PreTrainedModel):  # type: ignore[misc]  # transformers ships no types
    """Strided stem and residual stages with group normalisation (He et al. 2016; Wu & He 2018), then the mean."""

    config_class = TinyImageConfig
    main_input_name = "pixel_values"

    def __init__(self, config: TinyImageConfig) -> None:
        super().__init__(config)
        first, *_ = widths = config.widths
        stem = nn.Conv2d(config.num_channels, first, kernel_size=4, stride=4, bias=False)
        self.stem = nn.Sequential(stem, nn.GroupNorm(first // GROUP, first), nn.ReLU())
        strides = [1] + [2] * (len(widths) - 2)
        steps = zip(widths[:-1], widths[1:], strides, strict=True)
        self.stages = nn.Sequential(*(_Stage(*step) for step in steps))
        self.post_init()

    def forward(self, pixel_values: Tensor, **_: Any) -> BaseModelOutputWithPooling:
        """Maps [B, F, h, w] and their mean [B, F] for pictures [B, C, H, W]."""
        # This order of memory halves the time of a step on a processor.
        pixels_BCHW = pixel_values.contiguous(memory_format=torch.channels_last)
        maps_BFhw = self.stages(self.stem(pixels_BCHW))
        return BaseModelOutputWithPooling(last_hidden_state=maps_BFhw, pooler_output=maps_BFhw.mean(dim=(2, 3)))

    def _init_weights(self, module: nn.Module) -> None:
        """Torch's own initialisation stays."""


class _Stage(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.GroupNorm(outputs // GROUP, outputs)
        self.second = nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False)
        self.second_norm = nn.GroupNorm(outputs // GROUP, outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, kernel_size=1, stride=stride, bias=False)

    def forward(self, maps_BFhw: Tensor) -> Tensor:
        inner = torch.relu(self.first_norm(self.first(maps_BFhw)))
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(maps_BFhw))


AutoConfig.register(TinyImageConfig.model_type, TinyImageConfig)
AutoModel.register(TinyImageConfig, TinyImageTower)
