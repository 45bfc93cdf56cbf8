"""Fuses the views of a face: computes the weight of each view in the embedding of the face.

Letters in shapes: B clips, V views, H heads, D embedding width, X any width.
"""

from __future__ import annotations

import math
from typing import get_args

import torch
from torch import Tensor, nn

from smile.config import Fusion
from smile.errors import UserError, unknown

#: Words for config.Model.fusion.
FUSIONS: tuple[str, ...] = get_args(Fusion)

#: Heads of the fusion `attention`: each head weights the views for its own part of the embedding.
HEADS = 4


class ViewFusion(nn.Module):
    """Weights the views. gate: softmax of one score per view; attention: learnt queries; mean: equal weights.

    All three start with equal weights. Weights depend on the content of a view, not on its place, so any number of
    views in any order can be fused. The face is a weighted mean of the views' embeddings themselves, so it lies between
    its views, and the alignment compares face and views with the same sentence. The attention is the pooling of Set
    Transformer (Lee et al. 2019, section 3.2) without its projection of values.
    """

    def __init__(self, embedding_size: int, kind: str) -> None:
        super().__init__()
        if kind not in FUSIONS:
            raise unknown("fusion", kind, FUSIONS)
        self.kind = kind
        if kind == "gate":
            self.score = nn.Linear(embedding_size, 1)
            nn.init.zeros_(self.score.weight)
            nn.init.zeros_(self.score.bias)
        if kind == "attention":
            if embedding_size % HEADS:
                raise UserError(
                    f"setting 'model.embedding_size': {embedding_size} cannot be cut into {HEADS} heads of attention; "
                    f"choose a multiple of {HEADS}, or another model.fusion"
                )
            self.query = nn.Parameter(torch.zeros(HEADS, embedding_size // HEADS))
            self.key = nn.Linear(embedding_size, embedding_size, bias=False)

    def forward(self, views_BVD: Tensor, view_mask_BV: Tensor | None = None) -> Tensor:
        """Returns weights [B, H, V] that sum to one over the views; zero for views where `view_mask_BV` is false.

        H is HEADS for `attention`, otherwise 1.
        """
        views_BVD = hide(views_BVD, view_mask_BV)
        scores_BHV = self._score(views_BVD)
        if view_mask_BV is not None:
            scores_BHV = scores_BHV.masked_fill(~view_mask_BV[:, None], -torch.inf)
        return scores_BHV.softmax(dim=2)

    def _score(self, views_BVD: Tensor) -> Tensor:
        scores_BHV: Tensor
        if self.kind == "gate":
            scores_BHV = self.score(views_BVD).transpose(1, 2)
        elif self.kind == "attention":
            keys_BVHd = self.key(views_BVD).reshape(*views_BVD.shape[:2], *self.query.shape)
            scores_BHV = torch.einsum("hd,bvhd->bhv", self.query, keys_BVHd) / math.sqrt(self.query.shape[1])
        else:
            scores_BHV = views_BVD.new_zeros(len(views_BVD), 1, views_BVD.shape[1])
        return scores_BHV


def fuse(weights_BHV: Tensor, views_BVX: Tensor, view_mask_BV: Tensor | None = None) -> Tensor:
    """Returns the weighted sum over the views [B, X]; each head weights its own part of the width."""
    parts_BVHx = hide(views_BVX, view_mask_BV).reshape(*views_BVX.shape[:2], weights_BHV.shape[1], -1)
    return torch.einsum("bhv,bvhx->bhx", weights_BHV, parts_BVHx).flatten(1)


def hide(views_BVX: Tensor, view_mask_BV: Tensor | None) -> Tensor:
    """Sets missing views to zero; their weight of zero does not suffice, because zero times infinity is NaN."""
    return views_BVX if view_mask_BV is None else views_BVX.masked_fill(~view_mask_BV[:, :, None], 0)
