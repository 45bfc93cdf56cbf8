"""Defines VICReg (Bardes et al. 2022): pictures of a face agree, dimensions vary, and do not repeat each other.

Letters in shapes: B clips of the batch over all workers, D embedding width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import mse_loss, relu

from bench.methods.unsupervised.learner import SelfLearner

#: Weights of the three terms, and what is added to a variance before its root (Bardes et al. 2022, section 4.2).
INVARIANCE, VARIANCE, COVARIANCE, EPSILON = 25.0, 25.0, 1.0, 1e-4


class VICReg(SelfLearner):
    """Compares by `regularise`."""

    def compare(self, first_BD: Tensor, second_BD: Tensor) -> Tensor:
        """Returns the three terms; see SelfLearner."""
        return regularise(first_BD, second_BD)


def regularise(first_BD: Tensor, second_BD: Tensor) -> Tensor:
    """Returns invariance, variance and covariance, weighted (Bardes et al. 2022, eq. 6)."""
    spread = _miss_variance(first_BD) + _miss_variance(second_BD)
    repeated = _repeat(first_BD) + _repeat(second_BD)
    # The paper's sum of squares over dimensions is divided by D in its code, as torch's mean does.
    return INVARIANCE * mse_loss(first_BD, second_BD) + VARIANCE * spread / 2 + COVARIANCE * repeated


def _miss_variance(rows_BD: Tensor) -> Tensor:
    """Returns the mean over dimensions of how far the deviation is below one (eq. 1)."""
    return relu(1 - torch.sqrt(rows_BD.var(dim=0) + EPSILON)).mean()


def _repeat(rows_BD: Tensor) -> Tensor:
    """Returns the sum of squared covariances off the diagonal, divided by D (eq. 3 and 4)."""
    centred_BD = rows_BD - rows_BD.mean(dim=0)
    covariance_DD = centred_BD.T @ centred_BD / (len(rows_BD) - 1)
    return (covariance_DD.square().sum() - covariance_DD.diagonal().square().sum()) / rows_BD.shape[1]
