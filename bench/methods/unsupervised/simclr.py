"""Trains SimCLR (Chen et al. 2020) on two augmentations of the front view.

Letters in shapes: B clips of the batch over all workers, D embedding width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.unsupervised.twins import embed_twins, train_on_front
from smile.config import Config
from smile.rendering.views import Views
from smile.training.batches import Batch

#: Temperature for small batches (Chen et al. 2020, appendix B.9).
TEMPERATURE = 0.5


def fit(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains the tower with `nt_xent`; epochs, batches and augmentation are those of SMILE-VLM."""

    def contrast(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        return {"contrast": nt_xent(*embed_twins(model, batch))}

    return train_on_front(views, config, contrast, progress)


def nt_xent(first_BD: Tensor, second_BD: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Returns the normalised temperature-scaled cross-entropy (Chen et al. 2020, eq. 1) of two augmentations."""
    both = normalize(torch.cat([first_BD, second_BD]), dim=1)
    itself = torch.eye(len(both), dtype=torch.bool, device=both.device)
    likeness = (both @ both.T / temperature).masked_fill(itself, -torch.inf)
    partners = torch.arange(len(both), device=both.device).roll(len(first_BD))
    return cross_entropy(likeness, partners)
