"""Multi-view decorrelation against its formula in loops, and what must not change it."""

import itertools

import numpy as np
import pytest
import torch

from smile.losses.decorrelation import decorrelate


def draw(clips: int = 10, views: int = 3, width: int = 4, seed: int = 0) -> torch.Tensor:
    face = np.random.default_rng(seed).normal(size=(clips, 1, width))
    own = np.random.default_rng(seed + 1).normal(size=(clips, views, width))
    return torch.tensor(100 * (face + own))  # wide, so that EPSILON does not show


def in_loops(views: np.ndarray, off_diagonal_weight: float) -> float:
    pairs = []
    for u, v in itertools.combinations(range(views.shape[1]), 2):
        loss = 0.0
        for a in range(views.shape[2]):
            for b in range(views.shape[2]):
                c = np.corrcoef(views[:, u, a], views[:, v, b])[0, 1]
                loss += (1 - c) ** 2 if a == b else off_diagonal_weight * c**2
        pairs.append(loss)
    return float(np.mean(pairs))


@pytest.mark.parametrize("width", [4, 15])
@pytest.mark.parametrize("weight", [0.0, 5e-3, 1.0])
def test_equals_the_formula_in_loops(width: int, weight: float) -> None:
    views = draw(width=width)
    assert decorrelate(views, weight).item() == pytest.approx(in_loops(views.numpy(), weight), rel=1e-6)


def test_order_of_views_and_of_clips_does_not_matter() -> None:
    views = draw(views=4)
    value = decorrelate(views, 0.1)
    torch.testing.assert_close(decorrelate(views[:, [2, 0, 3, 1]], 0.1), value)
    torch.testing.assert_close(decorrelate(views.flip(0), 0.1), value)
    assert decorrelate(views[:, [0, 0, 1, 1]], 0.1) < value  # copies agree better: the pairs are really compared


def test_zero_with_one_view_and_where_views_agree_on_independent_dimensions() -> None:
    assert decorrelate(draw(views=1), 0.1).item() == 0
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=3)))  # orthogonal columns
    assert decorrelate(torch.stack([signs, 2 * signs], dim=1), 1.0).item() == pytest.approx(0, abs=1e-6)


def test_a_repeated_dimension_costs_what_the_formula_says() -> None:
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=3)))
    repeated = signs[:, [0, 0, 1]]
    assert decorrelate(torch.stack([repeated, repeated], dim=1), 0.25).item() == pytest.approx(2 * 0.25, rel=1e-4)
