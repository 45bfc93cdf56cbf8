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

from smile.config import Contrast
from smile.losses.embeddings import Described

#: Rows of logits that are held at a time; more are computed anew in the backward pass.
ROWS = 1024


@dataclass(frozen=True)
class Pairs:
    """One or S sets of pictures and their sentences, row by row; equal captions share a number, -1: none."""

    picture_SbD: Tensor  # or [b, D]
    text_bD: Tensor
    captions_b: Tensor
    picture_SBD: Tensor
    text_BD: Tensor
    captions_B: Tensor


def align(
    own: Described, joined: Described, kind: Contrast, scale: Tensor, bias: Tensor | None = None, per_view: bool = False
) -> Tensor:
    """Contrast of the fused face with its text, plus the mean contrast of each view where `per_view`.

    `own` are this worker's clips, `joined` all workers'; `scale` is the inverse temperature, `bias` that of the
    sigmoid's logits.
    """
    picture_SbD = _pictures(own, per_view)
    picture_SBD = picture_SbD if joined is own else _pictures(joined, per_view)
    pairs = Pairs(picture_SbD, own.text_BD, own.caption_ids_B, picture_SBD, joined.text_BD, joined.caption_ids_B)
    loss_S = CONTRASTS[kind](pairs, scale, bias)
    return loss_S[0] + loss_S[1:].mean() if per_view else loss_S[0]


def infonce(pairs: Pairs, scale: Tensor, _bias: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE of cosines (CLIP, Radford et al. 2021) with several positives a row; this worker's share [S].

    Every clip with an equal caption is a positive and the target is shared evenly among them (UniCL, Yang et
    al. 2022, eq. 3-4), so equal captions are never negatives; the least loss is the entropy of that target.
    """

    def one_way(queries_SrD: Tensor, keys_SBD: Tensor, same_rB: Tensor, valid_rB: Tensor, scale: Tensor) -> Tensor:
        logits_SrB = scale * queries_SrD @ keys_SBD.mT
        # The least number and not infinity, which has no gradient in a batch without a caption.
        logits_SrB = logits_SrB.masked_fill(~valid_rB, torch.finfo(logits_SrB.dtype).min)
        positive_Sr = logits_SrB.masked_fill(~same_rB, 0).sum(dim=-1) / same_rB.sum(dim=-1).clamp(min=1)
        return (logits_SrB.logsumexp(dim=-1) - positive_Sr).masked_fill(~valid_rB.any(dim=-1), 0).sum(dim=-1)

    (picture_SbD, picture_SBD), (text_bD, text_BD) = _units(pairs)
    to_text_S = _by_rows(one_way, picture_SbD, text_BD, pairs, scale)
    to_picture_S = _by_rows(one_way, text_bD, picture_SBD, pairs, scale)
    return (to_text_S + to_picture_S) / (2 * _count(pairs))


def sigmoid(pairs: Pairs, scale: Tensor, bias: Tensor | None) -> Tensor:
    """Pairwise sigmoid loss of cosines (SigLIP, Zhai et al. 2023, eq. 1); this worker's share [S].

    Every picture with every sentence is a decision of its own: the same caption or another. `bias` starts low, since
    nearly all are another.
    """
    assert bias is not None, "the sigmoid's logits have a bias"

    def decide(queries_SrD: Tensor, keys_BD: Tensor, same_rB: Tensor, valid_rB: Tensor, scale: Tensor) -> Tensor:
        logits_SrB = scale * queries_SrD @ keys_BD.mT + bias
        decided_SrB = logsigmoid(torch.where(same_rB, logits_SrB, -logits_SrB))
        return -decided_SrB.masked_fill(~valid_rB, 0).sum(dim=(-2, -1))

    (picture_SbD, _), (_, text_BD) = _units(pairs)
    return _by_rows(decide, picture_SbD, text_BD, pairs, scale) / _count(pairs)


#: losses.alignment.kind -> this worker's share of the loss of each set of pairs.
CONTRASTS: dict[Contrast, Callable[[Pairs, Tensor, Tensor | None], Tensor]] = {"infonce": infonce, "sigmoid": sigmoid}


def _pictures(clips: Described, per_view: bool) -> Tensor:
    """The fused faces and, where asked for, the faces in each view, [S, B, D]: one product of matrices serves all."""
    face_1BD = clips.face_BD[None]
    return torch.cat([face_1BD, clips.views_BVD.transpose(0, 1)]) if per_view else face_1BD


def _units(pairs: Pairs) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Pictures and texts of unit length, each of this worker and of all."""

    def unit(own: Tensor, joined: Tensor) -> tuple[Tensor, Tensor]:
        own_unit = normalize(own, dim=-1)
        return own_unit, own_unit if joined is own else normalize(joined, dim=-1)

    return unit(pairs.picture_SbD, pairs.picture_SBD), unit(pairs.text_bD, pairs.text_BD)


def _count(pairs: Pairs) -> Tensor:
    """Clips with a caption over all workers, at least one: where there is none the loss is zero."""
    return (pairs.captions_B >= 0).sum().clamp(min=1)


def _by_rows(
    term: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor],
    queries_SbD: Tensor,
    keys_SBD: Tensor,
    pairs: Pairs,
    scale: Tensor,
) -> Tensor:
    """Sums of `term(queries, keys, same caption, both have one, scale)` over blocks of ROWS queries of unit length."""
    count = queries_SbD.shape[-2]
    sets = max(queries_SbD.shape[:-2].numel(), keys_SBD.shape[:-2].numel())
    size = max(ROWS // sets, 1)
    total = (queries_SbD.sum(dim=(-2, -1)) + keys_SBD.sum(dim=(-2, -1))) * 0  # no row has no force
    for start in range(0, count, size):
        block = slice(start, start + size)
        captions_r1 = pairs.captions_b[block, None]
        valid_rB = (captions_r1 >= 0) & (pairs.captions_B >= 0)
        same_rB = valid_rB & (captions_r1 == pairs.captions_B)
        given = (queries_SbD[..., block, :], keys_SBD, same_rB, valid_rB, scale)
        held = term(*given) if count <= size else checkpoint(term, *given, use_reentrant=False)
        total = total + held
    return total
