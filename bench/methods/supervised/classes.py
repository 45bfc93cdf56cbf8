"""Numbers the classes of labels, and trains nets of other shapes than the shared tower on them.

Letters in shapes: N clips, B clips of the batch, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bench.methods.method import Labels, PartsDone
from bench.methods.tower import Net, NetEncoder, train_net
from smile.arrays import UInt8
from smile.config import Config
from smile.model.patches import Patches
from smile.training.batches import Batch, Batches


def number_classes(labels: Labels) -> tuple[Tensor, int]:
    """Returns the number of the class of each clip, int64 [N], and how many classes there are.

    Each set of labels is one class. Example: clips with (Negative, Surprise) form a class beside (Negative,).
    """
    classes = sorted(set(labels or ()))
    return torch.tensor([classes.index(label) for label in labels or ()]), len(classes)


def teach_net(
    net: Net, images: UInt8, labels: Labels, patches: Patches | None, config: Config, progress: PartsDone
) -> NetEncoder:
    """Trains a net with a linear layer on what it says of each clip, by cross-entropy."""
    numbers_N, count = number_classes(labels)
    device = next(net.parameters()).device
    model = _Judge(net, torch.from_numpy(images[:1]), count).to(device)
    batches = Batches(images, config.training, labels=numbers_N, patches=patches)
    return NetEncoder(net, train_net(model, _judge, batches, config, progress))


class _Judge(nn.Module):
    """Puts a linear layer on a net; the net tells the width of its vector on one clip."""

    def __init__(self, net: Net, images: Tensor, classes: int) -> None:
        super().__init__()
        self.net, device = net, next(net.parameters()).device
        with torch.no_grad():
            width = net.describe(images.to(device).float()).shape[1]
        self.head = nn.Linear(width, classes)


def _judge(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    told_BK = model.head(model.net.describe(batch.pixels))  # type: ignore[operator, union-attr]  # a _Judge's submodules
    return {"classification": cross_entropy(told_BK, batch.labels)}  # type: ignore[arg-type]
