"""View-aware fusion: how much each view counts in the embedding of the face.

Letters in shapes: B clips, V views, D embedding width, X any width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from smile.errors import unknown

#: config.Model.fusion
FUSIONS = ("gate", "mean")


class ViewFusion(nn.Module):
    """Weights of the views, by a softmax over a score of each view's embedding, or all equal.

    The score starts at zero, so that fusion starts as the mean; it looks at content alone, so that any number of
    views in any order can be fused.
    """

    def __init__(self, embedding_size: int, kind: str) -> None:
        super().__init__()
        if kind not in FUSIONS:
            raise unknown("fusion", kind, FUSIONS)
        self.score: nn.Linear | None = nn.Linear(embedding_size, 1) if kind == "gate" else None
        if self.score is not None:
            nn.init.zeros_(self.score.weight)
            nn.init.zeros_(self.score.bias)

    def forward(self, views_BVD: Tensor) -> Tensor:
        """Weights [B, V] that sum to one over the views."""
        if self.score is None:
            return torch.full(views_BVD.shape[:2], 1 / views_BVD.shape[1], device=views_BVD.device)
        weights_BV: Tensor = self.score(views_BVD).squeeze(-1).softmax(dim=1)
        return weights_BV


def fuse(weights_BV: Tensor, views_BVX: Tensor) -> Tensor:
    """Weighted sum over the views, [B, X]."""
    return torch.einsum("bv,bvx->bx", weights_BV, views_BVX)
