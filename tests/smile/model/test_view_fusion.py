"""The weights of the views: their start, their order, and views that are not there."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from smile.errors import UserError
from smile.model.view_fusion import FUSIONS, HEADS, ViewFusion, fuse


def trained(kind: str, width: int = 8) -> ViewFusion:
    """A fusion with weights as if it had learnt something."""
    torch.manual_seed(0)
    fusion = ViewFusion(width, kind)
    for parameter in fusion.parameters():
        torch.nn.init.normal_(parameter, std=2.0)
    return fusion


@pytest.mark.parametrize("kind", FUSIONS)
def test_every_fusion_starts_as_the_mean(kind: str) -> None:
    views = torch.randn(3, 4, 8)
    torch.testing.assert_close(fuse(ViewFusion(8, kind)(views), views), views.mean(dim=1))


@pytest.mark.parametrize("kind", FUSIONS)
def test_order_of_views_does_not_matter(kind: str) -> None:
    fusion, views = trained(kind), torch.randn(3, 5, 8)
    weights = fusion(views)
    assert weights.shape == (3, HEADS if kind == "attention" else 1, 5)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(weights.shape[:2]))
    assert (weights.max() > 0.5) == (kind != "mean")
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(fuse(fusion(views[:, order]), views[:, order]), fuse(weights, views))


def test_the_gate_is_a_softmax_over_scores() -> None:
    fusion, views = trained("gate"), torch.randn(2, 3, 8)
    for clip, weights in zip(views, fusion(views)[:, 0], strict=True):
        scores = torch.stack([view @ fusion.score.weight[0] + fusion.score.bias[0] for view in clip])
        torch.testing.assert_close(weights, scores.exp() / scores.exp().sum())


def test_attention_is_that_of_torch_with_the_views_as_values() -> None:
    fusion, views = trained("attention"), torch.randn(2, 3, 8)
    heads = (HEADS, 8 // HEADS)
    keys, values = (x.unflatten(2, heads).transpose(1, 2) for x in (fusion.key(views), views))
    query = fusion.query[None, :, None].expand(2, -1, -1, -1)
    expected = scaled_dot_product_attention(query, keys, values).flatten(1)
    torch.testing.assert_close(fuse(fusion(views), views), expected)


@pytest.mark.parametrize("kind", FUSIONS)
def test_a_view_that_is_not_there_changes_nothing(kind: str) -> None:
    fusion, views = trained(kind), torch.randn(2, 4, 8)
    mask = torch.tensor([[True, False, True, True], [False, True, True, False]])
    found = fuse(fusion(views, mask), views, mask)
    for clip, there, fused in zip(views, mask, found, strict=True):
        alone = clip[None, there]
        torch.testing.assert_close(fused[None], fuse(fusion(alone), alone))
    other = views.masked_fill(~mask[:, :, None], torch.nan).requires_grad_()
    fused = fuse(fusion(other, mask), other, mask)
    torch.testing.assert_close(fused, found)
    (gradient,) = torch.autograd.grad(fused.sum(), other)
    assert gradient.isfinite().all() and not gradient[~mask].any()


@pytest.mark.parametrize("kind", ["gate", "attention"])
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_view_that_is_not_there_teaches_the_weights_nothing(kind: str, value: float) -> None:
    fusion, views, mask = trained(kind), torch.randn(2, 3, 8), torch.tensor([[True, False, True], [True, True, False]])
    gradients = []
    for hidden in (0.0, value):
        given = views.masked_fill(~mask[:, :, None], hidden)
        loss = fuse(fusion(given, mask), given, mask).square().sum()
        gradients.append(torch.autograd.grad(loss, list(fusion.parameters())))
    for zeros, values in zip(*gradients, strict=True):
        torch.testing.assert_close(values, zeros)


def test_a_misspelt_fusion_names_the_closest() -> None:
    with pytest.raises(UserError, match="did you mean 'gate'"):
        ViewFusion(8, "gaet")


def test_a_width_that_heads_cannot_share_says_so() -> None:
    with pytest.raises(UserError, match=r"model\.embedding_size': 10 cannot be cut into 4 heads.*multiple of 4"):
        ViewFusion(10, "attention")
