"""Computes the Barlow Twins loss as the library lightly writes it.

lightly needs torchvision and is no dependency, so this file repeats its formula: batch-normalised embeddings, the
D x D cross-correlation, and its off-diagonal (lightly.loss.BarlowTwinsLoss; Zbontar et al. 2021, algorithm 1).
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor
from torch.nn.functional import batch_norm

from smile.losses.correlation import EPSILON


def decorrelate_plainly(views_BVD: Tensor, off_diagonal_weight: float) -> Tensor:
    """Computes the same as `decorrelate`, with the D x D cross-correlation of each pair of views."""
    pairs = combinations(views_BVD.unbind(dim=1), 2)
    return torch.stack([barlow_twins(first, second, off_diagonal_weight) for first, second in pairs]).mean()


def barlow_twins(first_BD: Tensor, second_BD: Tensor, off_diagonal_weight: float) -> Tensor:
    """Returns the loss of one pair of views [B, D]."""
    first_BD, second_BD = (
        # lightly's epsilon is 1e-5; with ours, both losses are comparable.
        batch_norm(rows_BD, None, None, training=True, eps=EPSILON)
        for rows_BD in (first_BD, second_BD)
    )
    correlation_DD = first_BD.T @ second_BD / len(first_BD)
    width = len(correlation_DD)
    off_diagonal = correlation_DD.flatten()[:-1].view(width - 1, width + 1)[:, 1:].flatten()
    on_diagonal = (torch.diagonal(correlation_DD) - 1).square().sum()
    return on_diagonal + off_diagonal_weight * off_diagonal.square().sum()
