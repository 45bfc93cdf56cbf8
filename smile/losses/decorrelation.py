"""Multi-view decorrelation: views of one face agree, dimensions of the embedding do not repeat each other.

Letters in shapes: B batch over all workers, V views, D embedding width.
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor

from smile.losses.correlation import correlate


def decorrelate(views_BVD: Tensor, off_diagonal_weight: float) -> Tensor:
    """Mean over pairs of views u < v of sum_a (1 - C_aa)^2 + off_diagonal_weight * sum_{a != b} C_ab^2.

    Barlow Twins (Zbontar et al. 2021, eq. 1) with the views of one face in the place of two distortions of one
    picture; zero where there is a single view.
    """
    pairs = list(combinations(views_BVD.unbind(dim=1), 2))
    if not pairs:
        return views_BVD.sum() * 0
    return torch.stack([twins(first, second, off_diagonal_weight) for first, second in pairs]).mean()


def twins(first_BD: Tensor, second_BD: Tensor, off_diagonal_weight: float) -> Tensor:
    """The Barlow Twins loss of one pair (Zbontar et al. 2021, eq. 1)."""
    diagonal_D, off_diagonal = correlate(first_BD, second_BD)
    return (1 - diagonal_D).square().sum() + off_diagonal_weight * off_diagonal
