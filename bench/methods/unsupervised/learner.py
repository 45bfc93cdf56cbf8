"""Defines what unsupervised methods share: the pictures that shall agree, teachers, predictors, and their training.

Letters in shapes: B clips of the batch over all workers, S pictures of a clip that shall agree, D embedding width.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from itertools import combinations
from typing import Any

import torch
from torch import Tensor, nn

from bench.methods.cost import Workload
from bench.methods.method import Encoder, PartsDone
from bench.methods.tower import TowerEncoder, train_net
from smile.arrays import Int64, UInt8
from smile.config import Config
from smile.losses.gather import gather
from smile.model.face_text import FaceText
from smile.training.batches import Batch, Batches
from smile.training.pretraining import initialise


class SelfLearner(nn.Module):
    """Trains a tower so that pictures of one face agree; a subclass says how two sets of pictures are compared.

    A head that is made beside the tower works on the joined batch of all workers, so that every worker computes the
    same, batch normalisation included.
    """

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__()
        self.face = face
        self.config, self.steps = config, steps  # steps: length of the run

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the loss of a batch: the mean of `compare` over all pairs of pictures of a clip."""
        positives = embed_positives(self.face, batch).unbind(dim=1)
        return {"agreement": over_pairs(len(positives), lambda u, v: self.compare(positives[u], positives[v]))}

    def compare(self, first_BD: Tensor, second_BD: Tensor) -> Tensor:
        """Returns the loss between two pictures of each clip; row b of both is the same clip."""
        raise NotImplementedError

    def encoder(self, view_count: int, workload: Workload) -> Encoder:
        """Returns the encoder that is measured after training."""
        return TowerEncoder(self.face, view_count, workload)


class Branch(nn.Module):
    """Joins the tower with a projection that has batch normalisation; without it, these methods collapse here.

    The embeddings of an untrained tower are nearly the same for all faces: batch normalisation takes away what they
    share. With `norm_last`, the outputs are normalised too.
    """

    def __init__(self, face: FaceText, width: int, norm_last: bool) -> None:
        super().__init__()
        self.face = face
        self.projection = make_predictor(face.image.feature_size, face.image.feature_size, width)
        if norm_last:
            self.projection.append(nn.BatchNorm1d(width, affine=False, track_running_stats=False))

    def forward(self, batch: Batch) -> list[Tensor]:
        """Returns the embeddings [B, D] of each picture, joined over all workers."""
        pixels, bound = join_twins(batch)
        features_BSF = gather(self.face(pixels, None, None, bound).view_features)
        return [self.projection(one) for one in features_BSF.unbind(dim=1)]


class Teacher(nn.Module):
    """Follows a net as the moving average of its weights (He et al. 2020, MoCo, eq. 2); no gradient reaches it."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = deepcopy(net).requires_grad_(False)

    @torch.no_grad()
    def forward(self, given: Any) -> Any:
        """Returns what the net gives, without a gradient."""
        return self.net(given)

    @torch.no_grad()
    def follow(self, net: nn.Module, momentum: float) -> None:
        """Moves each weight towards that of `net`; `momentum` is the share of the old weight."""
        for own, other in zip(self.net.parameters(), net.parameters(), strict=True):
            own.lerp_(other, 1 - momentum)


def train_learner(
    make: Callable[[FaceText, Config, int], SelfLearner],
    images: UInt8,
    twins: bool,
    config: Config,
    progress: PartsDone,
) -> Encoder:
    """Trains a learner on images [N, V, C, H, W]; epochs, batches and augmentation are those of SMILE-VLM."""
    face = initialise(config, images, None)
    batches = Batches(images, config.training, twins=twins, patches=face.image.patches)
    learner = make(face, config, batches.steps).to(face.device)
    workload = train_net(learner, _measure, batches, config, progress)
    return learner.encoder(images.shape[1], workload)


def join_twins(batch: Batch) -> tuple[Tensor, Int64 | None]:
    """Returns the pictures of each clip side by side [B, S, C, H, W] with their token bound, on this worker."""
    if batch.twin_pixels is None:
        return batch.pixels, batch.token_bound
    bounds = (batch.token_bound, batch.twin_token_bound)
    bound = None if bounds[0] is None or bounds[1] is None else bounds[0] + bounds[1]
    return torch.cat([batch.pixels, batch.twin_pixels], dim=1), bound


def embed_positives(face: FaceText, batch: Batch) -> Tensor:
    """Returns the embeddings [B, S, D] of the pictures of each clip, joined over all workers."""
    pixels, bound = join_twins(batch)
    return gather(face(pixels, None, None, bound).view_embeddings)


def over_pairs(count: int, loss: Callable[[int, int], Tensor]) -> Tensor:
    """Returns the mean of `loss(u, v)` over all pairs u < v of `count` pictures."""
    return torch.stack([loss(u, v) for u, v in combinations(range(count), 2)]).mean()


def make_predictor(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Makes a head with one hidden layer and batch normalisation, as BYOL, SimSiam and MoCo v3 have."""
    norm = nn.BatchNorm1d(hidden, track_running_stats=False)
    return nn.Sequential(nn.Linear(inputs, hidden), norm, nn.ReLU(), nn.Linear(hidden, outputs))


def raise_momentum(start: float, step: int, steps: int) -> float:
    """Returns the momentum of a step, which rises from `start` to 1 by half a cosine (Grill et al. 2020, sec. 3.2)."""
    return 1 - (1 - start) * (math.cos(math.pi * step / steps) + 1) / 2


def _measure(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    found: dict[str, Tensor] = model.measure(batch)  # type: ignore[operator]  # a SelfLearner
    return found
