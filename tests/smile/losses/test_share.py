"""Shares of the pull: against gradients that are known, and what must not change them."""

import pytest
import torch

from smile.losses.share import share_gradient


def draw() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0], requires_grad=True)


def test_shares_are_the_norms_over_their_sum() -> None:
    views, text = draw()
    terms = {"a": 3 * views[0] + 4 * views[1], "b": 5 * text[0], "c": 6 * views[0] + 8 * text[0]}
    shares = share_gradient(terms, [views, text])
    assert [shares[name].item() for name in "abc"] == pytest.approx([5 / 20, 5 / 20, 10 / 20])


def test_opposite_pulls_are_not_set_off_and_weights_count() -> None:
    views, _ = draw()
    shares = share_gradient({"a": views.sum(), "b": -3 * views.sum()}, [views])
    assert [value.item() for value in shares.values()] == pytest.approx([0.25, 0.75])


def test_no_pull_is_a_share_of_zero() -> None:
    views, text = draw()
    for term in (views.sum() * 0, torch.ones(1, requires_grad=True).sum()):
        assert [value.item() for value in share_gradient({"a": term}, [views, text]).values()] == [0]


def test_weights_get_no_gradient_and_the_graph_is_kept() -> None:
    weight = torch.tensor(2.0, requires_grad=True)
    views = weight * torch.ones(3)
    term = views.square().sum()
    share_gradient({"a": term}, [views])
    assert weight.grad is None
    term.backward()
    assert weight.grad is not None and weight.grad.item() == 12
