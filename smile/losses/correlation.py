"""Cross-correlation of two sets of embeddings over the batch: its diagonal and the rest, squared and summed.

Letters in shapes: N rows of the batch, D embedding width.
"""

from __future__ import annotations

import torch
from torch import Tensor

#: Added to the variance before the root. Batch normalisation's 1e-5 would let a term shrink by shrinking the
#: embeddings below it: redundancy minimisation, which has no diagonal to hold against that, collapsed both towers.
EPSILON = 1e-8


def correlate(first_ND: Tensor, second_ND: Tensor) -> tuple[Tensor, Tensor]:
    """Diagonal [D] of C and the sum of C_ab^2 over a != b, C_ab = mean_n x_na y_nb of standardised x and y.

    Columns are standardised over the rows, so rows must be the joined batch of all workers
    (Barlow Twins, Zbontar et al. 2021, eq. 2).
    """
    first_ND, second_ND = _standardise(first_ND), _standardise(second_ND)
    count = max(len(first_ND), 1)  # no rows correlate to zero
    diagonal_D = (first_ND * second_ND).sum(dim=0) / count
    # The two forms give the same number; with few rows the two N x N matrices are the cheaper.
    square_norm = _by_rows if len(first_ND) < first_ND.shape[1] else _by_columns
    return diagonal_D, square_norm(first_ND, second_ND) / count**2 - diagonal_D.square().sum()


def _standardise(values_ND: Tensor) -> Tensor:
    count = max(len(values_ND), 1)
    centred_ND = values_ND - values_ND.sum(dim=0) / count
    return centred_ND * torch.rsqrt(centred_ND.square().sum(dim=0) / count + EPSILON)


def _by_columns(first_ND: Tensor, second_ND: Tensor) -> Tensor:
    """N^2 ||C||_F^2 from the D x D cross-correlation itself."""
    return (first_ND.T @ second_ND).square().sum()


def _by_rows(first_ND: Tensor, second_ND: Tensor) -> Tensor:
    """N^2 ||C||_F^2 = <X X^T, Y Y^T>_F, from two N x N Gram matrices."""
    return ((first_ND @ first_ND.T) * (second_ND @ second_ND.T)).sum()
