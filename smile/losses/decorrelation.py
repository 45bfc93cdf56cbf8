"""Computes the multi-view decorrelation: views of one face agree, dimensions of the embedding do not repeat.

Letters in shapes: B batch over all workers, V views, D embedding width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from smile.losses.correlation import correlate


def decorrelate(views_BVD: Tensor, off_diagonal_weight: float) -> Tensor:
    """Returns the mean over pairs of views u < v of sum_a (1 - C_aa)^2 + off_diagonal_weight * sum_{a != b} C_ab^2.

    This is Barlow Twins (Zbontar et al. 2021, eq. 1) with two views of one face instead of two distortions of one
    image. The result is zero where there is a single view.
    """
    if views_BVD.shape[1] < 2:
        return views_BVD.sum() * 0
    pairs = [
        (1 - diagonal_D).square().sum() + off_diagonal_weight * off_diagonal
        for diagonal_D, off_diagonal in correlate(views_BVD.unbind(dim=1))
    ]
    return torch.stack(pairs).mean()
