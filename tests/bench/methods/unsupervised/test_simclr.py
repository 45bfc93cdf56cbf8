"""The contrast of SimCLR is the paper's formula, clip by clip."""

import numpy as np
import pytest
import torch

from bench.methods.unsupervised.simclr import nt_xent


def test_nt_xent_equals_its_definition_clip_by_clip():
    first, second = np.random.default_rng(0).normal(size=(2, 5, 7))
    both = np.concatenate([first, second])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    losses = []
    for i in range(10):
        scores = {j: np.exp(both[i] @ both[j] / 0.5) for j in range(10) if j != i}
        losses.append(-np.log(scores[(i + 5) % 10] / sum(scores.values())))
    assert float(nt_xent(torch.tensor(first), torch.tensor(second))) == pytest.approx(np.mean(losses))
