"""The peer of the losses is the formula that ours replaces, and a difference is not hidden."""

import numpy as np
import pytest
import torch

from bench.speed.peers.plain_losses import decorrelate_plainly
from bench.speed.stages import losses
from smile.losses.decorrelation import decorrelate


@pytest.mark.parametrize(("clips", "width"), [(6, 9), (9, 6)])
def test_the_peer_is_barlow_twins_as_numpy_has_it(clips, width):
    views = np.random.default_rng(0).normal(size=(clips, 2, width))
    c = np.corrcoef(views[:, 0], views[:, 1], rowvar=False)[:width, width:]
    expected = ((1 - c.diagonal()) ** 2).sum() + 0.1 * ((c**2).sum() - (c.diagonal() ** 2).sum())
    assert decorrelate_plainly(torch.tensor(views), 0.1).item() == pytest.approx(expected, rel=1e-6)
    assert decorrelate(torch.tensor(views), 0.1).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_equality_is_checked(factor, monkeypatch):
    monkeypatch.setattr(losses, "CASES", ((8, 3, 16),))
    monkeypatch.setattr(losses, "ROUNDS", 1)
    monkeypatch.setattr(losses, "decorrelate", lambda views, weight: factor * decorrelate(views, weight))
    (row,) = losses.time_losses(lambda *_: None)
    assert row.equal == (factor == 1.0)
    assert row.ratio > 0
