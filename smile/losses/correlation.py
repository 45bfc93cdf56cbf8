"""Computes cross-correlations of sets of embeddings over the batch: the diagonal, and the sum of the other squares.

Letters in shapes: N rows of the batch, D embedding width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

#: Added to the variance before the root. A larger value, such as batch normalisation's 1e-5, lowers a loss term as
#: soon as embeddings shrink: redundancy minimisation without its diagonal then collapsed both towers.
EPSILON = 1e-8


def correlate(sets: Sequence[Tensor], there_N: Tensor | None = None) -> list[tuple[Tensor, Tensor]]:
    """Returns for each pair of `sets` [N, D], in order, the diagonal [D] of C and the sum of C_ab^2 over a != b.

    C_ab = mean_n x_na y_nb of standardised x and y (Barlow Twins, Zbontar et al. 2021, eq. 2). Columns are
    standardised over the rows, so the rows must be the joined batch of all workers. Rows where `there_N` is false do
    not count. They are set to zero and not removed, because the host would wait for the device to learn their number.
    """
    rows, width = sets[0].shape
    count = max(rows, 1) if there_N is None else there_N.sum().clamp(min=1)  # without rows, C is zero
    standard = [_standardise(values_ND, there_N, count) for values_ND in sets]
    # Both give the same number. With few rows, N x N matrices are cheaper, and each set needs one, not each pair.
    square_norms = (_by_rows if rows < width else _by_columns)(standard)
    diagonals = [(first_ND * second_ND).sum(dim=0) / count for first_ND, second_ND in combinations(standard, 2)]
    return [
        (diagonal_D, norm / count**2 - diagonal_D.square().sum())
        for diagonal_D, norm in zip(diagonals, square_norms, strict=True)
    ]


def _standardise(values_ND: Tensor, there_N: Tensor | None, count: int | Tensor) -> Tensor:
    values_ND = _hide(values_ND, there_N)
    centred_ND = _hide(values_ND - values_ND.sum(dim=0) / count, there_N)
    # The norm only reads the rows; squaring and summing them would write them once more.
    variance_D = torch.linalg.vector_norm(centred_ND, dim=0).square() / count
    return centred_ND * torch.rsqrt(variance_D + EPSILON)


def _hide(values_ND: Tensor, there_N: Tensor | None) -> Tensor:
    return values_ND if there_N is None else values_ND.masked_fill(~there_N[:, None], 0)


def _by_columns(sets: Sequence[Tensor]) -> list[Tensor]:
    """Returns N^2 ||C||_F^2 of each pair, from the D x D cross-correlation itself."""
    return [(first_ND.T @ second_ND).square().sum() for first_ND, second_ND in combinations(sets, 2)]


def _by_rows(sets: Sequence[Tensor]) -> list[Tensor]:
    """Returns N^2 ||C||_F^2 = <X X^T, Y Y^T>_F of each pair, from one N x N Gram matrix per set."""
    grams = [_Gram.apply(values_ND) for values_ND in sets]  # type: ignore[no-untyped-call]  # torch gives it no type
    return [(first_NN * second_NN).sum() for first_NN, second_NN in combinations(grams, 2)]


class _Gram(torch.autograd.Function):
    """Computes X X^T; its gradient (G + G^T) X takes one matrix product, where autograd takes two."""

    @staticmethod
    def forward(ctx: Any, rows_ND: Tensor) -> Tensor:
        ctx.save_for_backward(rows_ND)
        return rows_ND @ rows_ND.T

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (rows_ND,) = ctx.saved_tensors
        gradient_ND: Tensor = (gradients[0] + gradients[0].T) @ rows_ND
        return gradient_ND
