"""Defines PointNet (Qi et al. 2017): the largest value over all points of features that each point has alone.

The widths are half of the paper's and the second transform is left out, because there are few clips and few points.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.supervised.points import Lifting, perceive, teach_points
from bench.methods.tower import Net
from smile.config import Config
from smile.rendering.views import Views

#: Width of what is said of a face.
WIDTH = 256


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on labels; epochs, batches and augmentation are those of SMILE-VLM."""
    torch.manual_seed(config.training.seed)
    net = PointNet(Lifting(views.planes, config.rendering, views.images.shape[1:]))
    return teach_points(net, views, labels, config, progress)


class PointNet(Net):
    """Turns the points by a learnt matrix (section 4.2, joint alignment), and pools what is said of each (eq. 1)."""

    def __init__(self, lifting: Lifting) -> None:
        super().__init__()
        self.lifting = lifting
        self.look = perceive([3, 32, 64, 128])
        self.turn = nn.Linear(128, 9)
        nn.init.zeros_(self.turn.weight)
        nn.init.zeros_(self.turn.bias)
        self.say = perceive([lifting.width, 32, 32, 64, WIDTH])

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns the pooled features [B, WIDTH]."""
        return self.pool(self.lifting(pixels_BVCHW))

    def pool(self, points_BPX: Tensor) -> Tensor:
        """Returns the pooled features [B, WIDTH] of points, in whatever order these come."""
        places, shown = points_BPX[..., :3], points_BPX[..., 3:]
        turn_B33 = self.turn(self.look(places).amax(dim=1)).view(-1, 3, 3) + torch.eye(3, device=places.device)
        said_BPX: Tensor = self.say(torch.cat([places @ turn_B33, shown], dim=2))
        return said_BPX.amax(dim=1)
