"""Vision-language alignment: a face lies close to its own sentence and far from those of other faces.

A worker compares its own rows with the rows of all workers, so that it never holds more than its slice of the
logits; what it returns is its share of the loss, and the shares of all workers add up to it.
Letters in shapes: b clips of this worker, B of all workers, V views, D embedding width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, normalize
from torch.utils.checkpoint import checkpoint

from smile.errors import unknown
from smile.losses.embeddings import Described

#: Rows of logits that are held at a time; more are computed anew in the backward pass.
ROWS = 1024


@dataclass(frozen=True)
class Pairs:
    """Pictures and their sentences, row by row; `captions` holds the same number for equal sentences."""

    picture_bD: Tensor
    text_bD: Tensor
    captions_b: Tensor
    picture_BD: Tensor
    text_BD: Tensor
    captions_B: Tensor


def align(
    own: Described, joined: Described, kind: str, scale: Tensor, bias: Tensor | None = None, per_view: bool = False
) -> Tensor:
    """Contrast of the fused face with its text, plus the mean contrast of each view where `per_view`.

    `own` are this worker's clips, `joined` all workers'; `scale` is the inverse temperature, `bias` that of the
    sigmoid's logits. Raises UserError on a kind that is not in CONTRASTS.
    """
    if kind not in CONTRASTS:
        raise unknown("losses.alignment.kind", kind, CONTRASTS)
    contrast = CONTRASTS[kind]
    loss = contrast(_pair(own, joined, own.face_BD, joined.face_BD), scale, bias)
    if not per_view:
        return loss
    views = zip(own.views_BVD.unbind(dim=1), joined.views_BVD.unbind(dim=1), strict=True)
    return loss + torch.stack([contrast(_pair(own, joined, *view), scale, bias) for view in views]).mean()


def infonce(pairs: Pairs, scale: Tensor, _bias: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE of cosines (CLIP, Radford et al. 2021) with several positives a row; this worker's share.

    Every clip with an equal caption is a positive and the target is shared evenly among them (UniCL, Yang et
    al. 2022, eq. 3-4), so equal captions are never negatives; the least loss is the entropy of that target.
    """

    def one_way(queries_rD: Tensor, keys_BD: Tensor, same_rB: Tensor, scale: Tensor) -> Tensor:
        logits_rB = scale * queries_rD @ keys_BD.T
        positive_r = (logits_rB * same_rB).sum(dim=1) / same_rB.sum(dim=1)
        return (logits_rB.logsumexp(dim=1) - positive_r).sum()

    to_text = _by_rows(one_way, pairs.picture_bD, pairs.text_BD, pairs, scale)
    to_picture = _by_rows(one_way, pairs.text_bD, pairs.picture_BD, pairs, scale)
    return (to_text + to_picture) / (2 * max(len(pairs.captions_B), 1))  # zero where no clip has a caption


def sigmoid(pairs: Pairs, scale: Tensor, bias: Tensor | None) -> Tensor:
    """Pairwise sigmoid loss of cosines (SigLIP, Zhai et al. 2023, eq. 1); this worker's share.

    Every picture with every sentence is a decision of its own: the same caption or another. `bias` starts low, since
    nearly all are another.
    """
    assert bias is not None, "the sigmoid's logits have a bias"

    def decide(queries_rD: Tensor, keys_BD: Tensor, same_rB: Tensor, scale: Tensor) -> Tensor:
        logits_rB = scale * queries_rD @ keys_BD.T + bias
        return -logsigmoid(torch.where(same_rB, logits_rB, -logits_rB)).sum()

    return _by_rows(decide, pairs.picture_bD, pairs.text_BD, pairs, scale) / max(len(pairs.captions_B), 1)


#: losses.alignment.kind -> this worker's share of the loss of some pairs.
CONTRASTS: dict[str, Callable[[Pairs, Tensor, Tensor | None], Tensor]] = {"infonce": infonce, "sigmoid": sigmoid}


def _pair(own: Described, joined: Described, picture_bD: Tensor, picture_BD: Tensor) -> Pairs:
    return Pairs(picture_bD, own.text_BD, own.caption_ids_B, picture_BD, joined.text_BD, joined.caption_ids_B)


def _by_rows(
    term: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
    queries_bD: Tensor,
    keys_BD: Tensor,
    pairs: Pairs,
    scale: Tensor,
) -> Tensor:
    """Sum of `term(queries, keys, same captions, scale)` over blocks of ROWS queries, on unit vectors."""
    queries_bD, keys_BD = normalize(queries_bD, dim=1), normalize(keys_BD, dim=1)
    total = keys_BD.sum() * 0  # no row has no force
    for start in range(0, len(queries_bD), ROWS):
        block = slice(start, start + ROWS)
        given = (queries_bD[block], keys_BD, pairs.captions_b[block, None] == pairs.captions_B, scale)
        held = term(*given) if len(queries_bD) <= ROWS else checkpoint(term, *given, use_reentrant=False)
        total = total + held
    return total
