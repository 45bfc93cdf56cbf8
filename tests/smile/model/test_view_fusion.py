"""The weights of the views."""

import pytest
import torch

from smile.errors import UserError
from smile.model.view_fusion import ViewFusion, fuse


def test_the_gate_starts_as_the_mean() -> None:
    views = torch.randn(3, 4, 8)
    torch.testing.assert_close(fuse(ViewFusion(8, "gate")(views), views), views.mean(dim=1))
    torch.testing.assert_close(fuse(ViewFusion(8, "mean")(views), views), views.mean(dim=1))


def test_a_trained_gate_prefers_views_by_content_in_any_order() -> None:
    fusion = ViewFusion(8, "gate")
    assert fusion.score is not None
    torch.nn.init.normal_(fusion.score.weight, std=3.0)
    views = torch.randn(3, 5, 8)
    weights = fusion(views)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    assert weights.max() > 0.5
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(fuse(fusion(views[:, order]), views[:, order]), fuse(weights, views))
    expected = torch.stack(
        [sum(w * v for w, v in zip(ws, vs, strict=True)) for ws, vs in zip(weights, views, strict=True)]
    )
    torch.testing.assert_close(fuse(weights, views), expected)


def test_a_misspelt_fusion_names_the_closest() -> None:
    with pytest.raises(UserError, match="did you mean 'gate'"):
        ViewFusion(8, "gaet")
