"""Defines SimCLR (Chen et al. 2020): each picture finds the other picture of its face among all of the batch.

Letters in shapes: B clips of the batch over all workers, D embedding width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from bench.methods.unsupervised.learner import SelfLearner

#: Temperature for small batches (Chen et al. 2020, appendix B.9).
TEMPERATURE = 0.5


class SimCLR(SelfLearner):
    """Compares by `nt_xent`."""

    def compare(self, first_BD: Tensor, second_BD: Tensor) -> Tensor:
        """Returns the contrast; see SelfLearner."""
        return nt_xent(first_BD, second_BD)


def nt_xent(first_BD: Tensor, second_BD: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Returns the normalised temperature-scaled cross-entropy (Chen et al. 2020, eq. 1) of two augmentations."""
    both = normalize(torch.cat([first_BD, second_BD]), dim=1)
    itself = torch.eye(len(both), dtype=torch.bool, device=both.device)
    likeness = (both @ both.T / temperature).masked_fill(itself, -torch.inf)
    partners = torch.arange(len(both), device=both.device).roll(len(first_BD))
    return cross_entropy(likeness, partners)
