"""The preset image tower: three convolutions that learn from a few hundred clips on a processor.

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

#: Channels normalised together; group normalisation (Wu & He 2018) makes no clip depend on the rest of its batch,
#: so that several workers compute what one would.
GROUP = 8


class TinyImageConfig(PretrainedConfig):  # type: ignore[misc]  # transformers ships no types
    """Sizes of TinyImageTower: `widths` are the channels of the convolutions, `grid` the cells a side that are kept."""

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
    """A patch stem, strided convolutions with group normalisation, and a linear layer on a coarse grid.

    The grid is not averaged: faces are aligned, so where something moved says which muscle moved it. On the stand-in
    a mean over places cost the untrained tower 10 points and the trained ones 15 (docs/log.md).
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
        """Maps [B, C', h, w] and features [B, F] of pictures [B, C, H, W]."""
        # This order of memory halves the time of a step on a processor.
        pixels_BCHW = pixel_values.contiguous(memory_format=torch.channels_last)
        maps_BChw = self.layers(pixels_BCHW)
        grid = self.config.grid
        # Pictures of 64 px are a map of the grid's size already; its mean over single places costs as much as a layer.
        cells_BCGG = maps_BChw if maps_BChw.shape[-2:] == (grid, grid) else adaptive_avg_pool2d(maps_BChw, grid)
        # Cell by cell, as they lie in memory: otherwise the gradient of the layer before would be put in order first.
        features_BF = self.pooler(cells_BCGG.permute(0, 2, 3, 1).flatten(1))
        return BaseModelOutputWithPooling(last_hidden_state=maps_BChw, pooler_output=features_BF)

    def _init_weights(self, module: nn.Module) -> None:
        """Torch's own initialisation stays."""


def _layer(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
    # A rectifier in place: as accurate here as GELU, which took a seventh of the time on a processor (docs/log.md).
    return nn.Sequential(convolution, nn.GroupNorm(outputs // GROUP, outputs), nn.ReLU(inplace=True))


AutoConfig.register(TinyImageConfig.model_type, TinyImageConfig)
AutoModel.register(TinyImageConfig, TinyImageTower)
