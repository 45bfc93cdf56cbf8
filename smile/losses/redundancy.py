"""Computes the cross-modal redundancy: different dimensions of face and sentence should not hold the same information.

Letters in shapes: B batch over all workers, D embedding width.
"""

from __future__ import annotations

from torch import Tensor

from smile.losses.correlation import correlate


def reduce_redundancy(face_BD: Tensor, text_BD: Tensor, diagonal: bool, there_B: Tensor | None = None) -> Tensor:
    """Returns sum_{a != b} C_ab^2 of the cross-correlation C of faces and texts; `diagonal` adds sum_a (1 - C_aa)^2.

    Rows where `there_B` is false do not count.
    This is our reconstruction of SMILE-VLM's term (Behzad 2025), whose formula is not public.
    """
    ((diagonal_D, off_diagonal),) = correlate((face_BD, text_BD), there_B)
    return off_diagonal + (1 - diagonal_D).square().sum() if diagonal else off_diagonal
