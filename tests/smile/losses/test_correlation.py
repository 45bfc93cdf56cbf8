"""Both ways to the squared cross-correlation give one number and one gradient, that of numpy's definition."""

import numpy as np
import pytest
import torch

from smile.losses import correlation
from smile.losses.correlation import correlate


def draw(rows: int, width: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    first = torch.randn(rows, width, generator=generator, dtype=torch.float64)
    return first, first + torch.randn(rows, width, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(("rows", "width"), [(12, 5), (5, 12)])
def test_equals_the_correlation_coefficients_of_numpy(rows: int, width: int) -> None:
    first, second = draw(rows, width, seed=1)
    reference = np.corrcoef(first.numpy(), second.numpy(), rowvar=False)[:width, width:]
    ((diagonal, off_diagonal),) = correlate([first * 1e4, second * 1e4])  # EPSILON vanishes beside this variance
    np.testing.assert_allclose(diagonal.numpy(), reference.diagonal(), rtol=1e-7)
    expected = sum(reference[a, b] ** 2 for a in range(width) for b in range(width) if a != b)
    assert off_diagonal.item() == pytest.approx(expected, rel=1e-7)


def test_both_forms_agree_in_value_and_gradient() -> None:
    found = []
    for form in (correlation._by_rows, correlation._by_columns):
        first, second = (x.requires_grad_() for x in draw(9, 6, seed=2))
        (value,) = form([first, second])
        found.append((value, *torch.autograd.grad(value, (first, second))))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_gradient_is_that_of_finite_differences() -> None:
    first, second = (x.requires_grad_() for x in draw(4, 6, seed=3))
    assert torch.autograd.gradcheck(lambda *sets: correlate(sets)[0], (first, second))


def test_scale_and_offset_of_a_dimension_do_not_matter() -> None:
    first, second = draw(20, 4, seed=4)
    stretched = first * torch.tensor([10.0, 200.0, 3.0, 50.0]) + torch.arange(4) * 7
    for one, other in zip(correlate([first, second])[0], correlate([stretched, second])[0], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_small_embeddings_correlate_as_large_ones() -> None:
    # Where they did not, a term that only wants to be small could shrink the embeddings instead.
    sets = draw(40, 4, seed=8)
    for one, other in zip(correlate(sets)[0], correlate([values * 1e-3 for values in sets])[0], strict=True):
        torch.testing.assert_close(one, other, rtol=0.03, atol=0)


def test_no_rows_and_one_row_are_finite() -> None:
    for rows in (0, 1):
        first, second = torch.ones(2, rows, 3).requires_grad_().unbind()
        ((diagonal, off_diagonal),) = correlate([first, second])
        assert diagonal.tolist() == [0, 0, 0] and off_diagonal.item() == 0
        gradients = torch.autograd.grad(diagonal.sum() + off_diagonal, [first, second])
        assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("hidden", [7.0, torch.nan])
@pytest.mark.parametrize(("rows", "width"), [(12, 5), (9, 12)])
def test_rows_that_are_not_there_count_for_nothing(rows: int, width: int, hidden: float) -> None:
    there = torch.arange(rows) % 3 != 1
    sets = [values.masked_fill(~there[:, None], hidden).requires_grad_() for values in draw(rows, width, seed=9)]
    results = []
    for values in (correlate(sets, there)[0], correlate([values[there] for values in sets])[0]):
        pulls = torch.autograd.grad(values[0].sum() + 2 * values[1], sets)
        results.append((*values, *pulls))
    for found, alone in zip(*results, strict=True):
        torch.testing.assert_close(found, alone)


@pytest.mark.parametrize(("rows", "width"), [(12, 5), (5, 12)])
def test_every_pair_of_several_sets_is_what_it_is_alone(rows: int, width: int) -> None:
    sets = [*draw(rows, width, seed=5), draw(rows, width, seed=6)[1]]
    alone = [correlate([sets[u], sets[v]])[0] for u, v in ((0, 1), (0, 2), (1, 2))]
    for one, other in zip(correlate(sets), alone, strict=True):
        torch.testing.assert_close(one, other)


def test_the_cheaper_form_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlation, "_by_rows", lambda _: [torch.tensor(1.0)])
    monkeypatch.setattr(correlation, "_by_columns", lambda _: [torch.tensor(1000.0)])
    for rows, by_rows in ((5, True), (6, False), (7, False)):
        ((_, off_diagonal),) = correlate(draw(rows, 6, seed=7))
        assert (off_diagonal.item() < 10) == by_rows
