"""Computes inner products of clips, which are all that a linear classifier or a nearest neighbour needs.

An L2-penalised linear model loses nothing by this (representer theorem), and 50,000 raw pixels cost as little as 128
dimensions. The clips of the encoder's pretraining give mean and deviation to standardise embeddings. So one Gram matrix
serves all folds of all rounds and every probe, and no tested clip influences it.
Letters in shapes: N clips, M clips that are shown anew, R clips of reference, D dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bench.probes.nested import Choices
from bench.probes.ridge import Ridge
from smile.arrays import Float32, Float64, Int64

#: Number of dimensions that are standardised at a time, so that no copy of all raw pixels is made.
_BLOCK = 4096


@dataclass
class Memory:
    """Keeps what depends on clean clips alone, so that further conditions and probes need not compute it again."""

    rows: bytes = b""
    ridge: Ridge | None = None  # of the clips in `rows`
    choices: dict[str, dict[int, Choices]] = field(default_factory=dict)  # digest of a round -> fold -> choices

    def factorise(self, clean: Float64, rows: Int64) -> Ridge:
        """Returns the ridge of these clips; with fixed subjects, one factorisation serves all rounds of a protocol."""
        if self.ridge is None or self.rows != rows.tobytes():
            self.rows, self.ridge = rows.tobytes(), Ridge(clean[np.ix_(rows, rows)])
        return self.ridge


@dataclass(frozen=True)
class Kernel:
    """Holds inner products of standardised embeddings, divided by the number of dimensions that vary.

    Classifiers learn from clean clips. Where a condition changes the tested clips, `shown` differs from `clean`.
    """

    clean: Float64  # [N, N]
    shown: Float64  # [N, N] row n: clip n as it is shown when it is tested; column m: clip m, clean
    memory: Memory = field(default_factory=Memory)


def make_kernel(embeddings: Float32, reference: Float32) -> Kernel:
    """Returns the kernel of clean clips: `embeddings` [N, D], and `reference` [R, D] of the encoder's pretraining."""
    clean = standardised_gram(embeddings, reference)
    return Kernel(clean, clean)


def show_otherwise(kernel: Kernel, shown: Float32, rows: Int64, embeddings: Float32, reference: Float32) -> Kernel:
    """Returns the kernel where the clips in `rows` [M] are tested with the embeddings `shown` [M, D]; others are zero.

    `embeddings` and `reference` are those of the clean kernel.
    """
    products = np.zeros_like(kernel.clean)
    products[rows] = _multiply(shown, embeddings, reference)
    return Kernel(kernel.clean, products, kernel.memory)


def standardised_gram(embeddings: Float32, reference: Float32) -> Float64:
    """Returns inner products [N, N] of the standardised rows, divided by the number of dimensions that vary."""
    return _multiply(embeddings, embeddings, reference)


def _multiply(rows: Float32, columns: Float32, reference: Float32) -> Float64:
    from threadpoolctl import threadpool_limits

    products, alive = np.zeros((len(rows), len(columns))), 0
    # One thread gives the same bytes on any number of cores.
    with threadpool_limits(1, "blas"):
        for start in range(0, reference.shape[1], _BLOCK):
            block = reference[:, start : start + _BLOCK].astype(np.float64)
            mean, deviation = block.mean(0), block.std(0)
            varies = deviation > 1e-9 * (1 + np.abs(mean))
            right = _standardise(columns, start, mean, deviation, varies)
            left = right if rows is columns else _standardise(rows, start, mean, deviation, varies)
            products += left @ right.T
            alive += int(varies.sum())
    return products / max(alive, 1)


def _standardise(embeddings: Float32, start: int, mean: Float64, deviation: Float64, varies: Float64) -> Float32:
    block = embeddings[:, start : start + _BLOCK].astype(np.float64)
    scaled: Float32 = ((block - mean)[:, varies] / deviation[varies]).astype(embeddings.dtype)
    return scaled
