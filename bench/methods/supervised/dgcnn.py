"""Defines DGCNN (Wang et al. 2019): each point asks its nearest neighbours, who change from layer to layer.

The widths are half of the paper's, and a point has half of its neighbours, because there are few clips and few points.
Letters in shapes: B clips, P points, K neighbours, X and Y numbers of a point.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.supervised.points import Lifting, perceive, teach_points
from bench.methods.tower import Net
from smile.config import Config
from smile.rendering.views import Views

#: Neighbours of a point, itself included, widths of the layers, and slope below zero (section 5.1 of the paper).
NEIGHBOURS, WIDTHS, SLOPE = 10, (32, 32, 64), 0.2
#: Width of what is said of a face, half of it by the largest and half by the mean over points.
WIDTH = 256


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on labels; epochs, batches and augmentation are those of SMILE-VLM."""
    torch.manual_seed(config.training.seed)
    net = DGCNN(Lifting(views.planes, config.rendering, views.images.shape[1:]))
    return teach_points(net, views, labels, config, progress)


class EdgeLayer(nn.Module):
    """Says of each point the largest of what its edges say; an edge reads the point and the way to a neighbour."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.own = nn.Linear(inputs, outputs)
        self.way = nn.Linear(inputs, outputs, bias=False)
        self.norm = nn.LayerNorm(outputs)

    def forward(self, points_BPX: Tensor) -> Tensor:
        """Returns [B, P, Y] (eq. 8 of the paper).

        The layer of a difference is the difference of the layers, so no edge is multiplied. The paper normalises each
        edge by channel and lets it pass a rising slope; both keep the order, so they may follow the maximum as here.
        """
        near_BPK = find_neighbours(points_BPX, NEIGHBOURS)
        first_B11 = torch.arange(len(points_BPX), device=points_BPX.device)[:, None, None] * points_BPX.shape[1]
        own, way = self.own(points_BPX), self.way(points_BPX)
        asked = way.flatten(0, 1).index_select(0, (near_BPK + first_B11).flatten()).view(*near_BPK.shape, -1)
        return leaky_relu(self.norm(own - way + asked.amax(dim=2)), SLOPE)


class DGCNN(Net):
    """Joins what all layers say of each point, and pools it over the points (figure 3 of the paper)."""

    def __init__(self, lifting: Lifting) -> None:
        super().__init__()
        self.lifting = lifting
        widths = (lifting.width, *WIDTHS)
        self.layers = nn.ModuleList(EdgeLayer(*pair) for pair in pairwise(widths))
        self.say = perceive([sum(WIDTHS), WIDTH // 2])

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns the pooled features [B, WIDTH]."""
        told, points = [], self.lifting(pixels_BVCHW)
        for layer in self.layers:
            points = layer(points)
            told.append(points)
        said_BPX = self.say(torch.cat(told, dim=2))
        return torch.cat([said_BPX.amax(dim=1), said_BPX.mean(dim=1)], dim=1)


def find_neighbours(points_BPX: Tensor, count: int) -> Tensor:
    """Returns the numbers of the nearest points [B, P, K], the point itself among them."""
    with torch.no_grad():
        distances_BPP = torch.cdist(points_BPX, points_BPX, compute_mode="donot_use_mm_for_euclid_dist")
        return distances_BPP.topk(min(count, points_BPX.shape[1]), dim=2, largest=False).indices
