"""Defines Barlow Twins (Zbontar et al. 2021): dimensions agree between pictures of a face, and do not repeat."""

from __future__ import annotations

import torch
from torch import Tensor

from bench.methods.unsupervised.learner import SelfLearner
from smile.losses.decorrelation import decorrelate


class BarlowTwins(SelfLearner):
    """Compares by Zbontar et al. 2021, eq. 1; the weight off the diagonal is that of SMILE-VLM, which is the paper's.

    SMILE-VLM uses the same loss between views.
    """

    def compare(self, first_BD: Tensor, second_BD: Tensor) -> Tensor:
        """Returns the loss of the cross-correlation; see SelfLearner."""
        weight = self.config.losses.decorrelation.off_diagonal_weight
        return decorrelate(torch.stack([first_BD, second_BD], dim=1), weight)
