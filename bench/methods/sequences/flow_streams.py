"""Defines STSTNet (Liong et al. 2019), a shallow net of three streams over optical flow, for micro-expressions.

Dropout is left out and groups are normalised in the place of batches, because a step must not depend on the number of
workers. Letters in shapes: B clips, V views, N pictures (B V).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from bench.methods.cost import Workload
from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.sequences.flow import PLANES, show_flow
from bench.methods.supervised.classes import teach_net
from bench.methods.tower import Net, NetEncoder
from smile.arrays import Float32
from smile.config import Config
from smile.rendering.views import Views

#: Kernels of the three streams (section III-B of the paper).
STREAMS = (3, 5, 8)


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on labels; epochs, batches and augmentation are those of SMILE-VLM. Raises Unsuitable without frames."""
    flow = show_flow(views)
    torch.manual_seed(config.training.seed)
    net = FlowStreams().to("cuda" if torch.cuda.is_available() else "cpu")
    found = teach_net(net, flow.images, labels, None, config, progress)
    return FlowEncoder(found.model, found.workload)


@dataclass(frozen=True)
class FlowEncoder:
    """Encodes the flow of all views with a frozen net."""

    model: Net
    workload: Workload = field(default_factory=Workload)

    def embed(self, views: Views) -> Float32:
        """Returns what the net says of the flow of each clip."""
        return NetEncoder(self.model).embed(show_flow(views))


class FlowStreams(Net):
    """Convolves flow in three streams, joins them and pools; what is said of each view stands side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.streams = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(len(PLANES), kernels, 3, padding=2),
                nn.ReLU(),
                nn.GroupNorm(1, kernels),
                nn.MaxPool2d(3, stride=3, padding=1),
            )
            for kernels in STREAMS
        )
        self.pool = nn.AvgPool2d(2, stride=2)

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns 5 x 5 places of 16 features of each view, [B, V 400]."""
        pictures = pixels_BVCHW.flatten(0, 1)
        joined = torch.cat([stream(pictures) for stream in self.streams], dim=1)
        pooled: Tensor = self.pool(joined).flatten(1)
        return pooled.view(len(pixels_BVCHW), -1)
