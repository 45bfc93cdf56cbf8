"""Defines the preset image tower `tiny`: three convolutions that learn from a few hundred clips on a CPU.

Letters in shapes: B batch, C channels, H and W pixels, G side of the grid, F feature width.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

#: Number of channels that are normalised together. With group normalisation (Wu & He 2018), a clip does not depend on
#: the rest of its batch, so several workers compute the same as one.
GROUP = 8


class TinyImageConfig(PretrainedConfig):  # type: ignore[misc]  # transformers ships no types
    """Holds the sizes of TinyImageTower: `widths` are channels of the convolutions, `grid` cells per side."""

    model_type = "smile_tiny_image"

    def __init__(
        self,
        num_channels: int = 3,
        widths: tuple[int, ...] = (32, 64, 128),
        grid: int = 4,
        hidden_size: int = 256,
        **rest: Any,
    ) -> None:
        self.num_channels = num_channels
        self.widths = list(widths)
        self.grid = grid
        self.hidden_size = hidden_size
        super().__init__(**rest)


class TinyImageTower(PreTrainedModel):  # type: ignore[misc]  # transformers ships no types
    """Runs a patch stem, strided convolutions with group normalisation, and a linear layer on a coarse grid.

    The grid is not averaged: faces are aligned, so the place of a movement tells which muscle moved. On the stand-in,
    a mean over places cost the untrained tower 10 points and the trained towers 15 (docs/log.md).
    """

    config_class = TinyImageConfig
    main_input_name = "pixel_values"

    def __init__(self, config: TinyImageConfig) -> None:
        super().__init__(config)
        widths = config.widths
        layers = [_layer(config.num_channels, widths[0], kernel=4, stride=4, padding=0)]
        layers += [_layer(i, o, kernel=3, stride=2, padding=1) for i, o in pairwise(widths)]
        self.layers = nn.Sequential(*layers)
        self.pooler = nn.Linear(widths[-1] * config.grid**2, config.hidden_size)
        self.post_init()

    def forward(self, pixel_values: Tensor, **_: Any) -> BaseModelOutputWithPooling:
        """Returns maps [B, C', h, w] and features [B, F] of images [B, C, H, W]."""
        # This memory layout halves the time of a step on a CPU.
        pixels_BCHW = pixel_values.contiguous(memory_format=torch.channels_last)
        maps_BChw = self.layers(pixels_BCHW)
        grid = self.config.grid
        # Maps of 64 px images already have the grid's size; pooling them all the same would cost as much as a layer.
        cells_BCGG = maps_BChw if maps_BChw.shape[-2:] == (grid, grid) else adaptive_avg_pool2d(maps_BChw, grid)
        # Flatten in memory order (cell by cell): any other order makes the backward pass rearrange the gradient.
        features_BF = self.pooler(cells_BCGG.permute(0, 2, 3, 1).flatten(1))
        return BaseModelOutputWithPooling(last_hidden_state=maps_BChw, pooler_output=features_BF)

    def _init_weights(self, module: nn.Module) -> None:
        """Does nothing: torch's initialisation stays."""


def _layer(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
    # ReLU in place is as accurate here as GELU, which took a seventh of the time on a CPU (docs/log.md).
    return nn.Sequential(convolution, nn.GroupNorm(outputs // GROUP, outputs), nn.ReLU(inplace=True))


AutoConfig.register(TinyImageConfig.model_type, TinyImageConfig)
AutoModel.register(TinyImageConfig, TinyImageTower)
