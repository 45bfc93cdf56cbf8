"""Computes the vision-language alignment: pulls a face to its own sentence, pushes it from other faces' sentences.

A worker compares its own rows with the rows of all workers, so it never holds more than its slice of the logits.
The worker returns its share of the loss; the shares of all workers add up to the loss.
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
from smile.losses.embeddings import Described, stack_pictures

#: Rows of logits held in memory at a time; where there are more, the backward pass computes them again.
ROWS = 1024


@dataclass(frozen=True)
class Pairs:
    """Holds S sets of images (fused face, then each view) beside their sentences; row n belongs to clip n."""

    picture_SbD: Tensor  # or [b, D]; of this worker
    text_bD: Tensor
    captions_b: Tensor  # number of the caption: equal captions have the same number, -1 means no caption
    picture_SBD: Tensor  # of all workers, as the two below
    text_BD: Tensor
    captions_B: Tensor


def align(
    own: Described, joined: Described, kind: Contrast, scale: Tensor, bias: Tensor | None = None, per_view: bool = False
) -> Tensor:
    """Returns the contrastive loss of the fused face; with `per_view`, adds the mean loss of the single views.

    `own` are the clips of this worker, `joined` those of all workers; the result is this worker's share. `scale` is
    the inverse temperature; `bias` is added to the logits of the sigmoid loss.
    """
    picture_SbD = stack_pictures(own, per_view)
    picture_SBD = picture_SbD if joined is own else stack_pictures(joined, per_view)
    pairs = Pairs(picture_SbD, own.text_BD, own.caption_ids_B, picture_SBD, joined.text_BD, joined.caption_ids_B)
    loss_S = CONTRASTS[kind](pairs, scale, bias)
    return loss_S[0] + loss_S[1:].mean() if per_view else loss_S[0]


def infonce(pairs: Pairs, scale: Tensor, _bias: Tensor | None = None) -> Tensor:
    """Returns this worker's share [S] of symmetric InfoNCE over cosines (CLIP, Radford et al. 2021).

    All clips with an equal caption are positives, and share the target evenly (UniCL, Yang et al. 2022, eq. 3-4), so
    equal captions are never negatives. The lowest possible loss is the entropy of this target. Example: three clips
    with the caption "mouth open" are positives of each other, with a target of one third each.
    """

    def one_way(queries_SrD: Tensor, keys_SBD: Tensor, same_rB: Tensor, valid_rB: Tensor, scale: Tensor) -> Tensor:
        logits_SrB = scale * queries_SrD @ keys_SBD.mT
        # Fill with the least finite number: minus infinity gives no gradient in a batch without captions.
        logits_SrB = logits_SrB.masked_fill(~valid_rB, torch.finfo(logits_SrB.dtype).min)
        positive_Sr = logits_SrB.masked_fill(~same_rB, 0).sum(dim=-1) / same_rB.sum(dim=-1).clamp(min=1)
        return (logits_SrB.logsumexp(dim=-1) - positive_Sr).masked_fill(~valid_rB.any(dim=-1), 0).sum(dim=-1)

    (picture_SbD, picture_SBD), (text_bD, text_BD) = _units(pairs)
    to_text_S = _by_rows(one_way, picture_SbD, text_BD, pairs, scale)
    to_picture_S = _by_rows(one_way, text_bD, picture_SBD, pairs, scale)
    return (to_text_S + to_picture_S) / (2 * _count(pairs))


def sigmoid(pairs: Pairs, scale: Tensor, bias: Tensor | None) -> Tensor:
    """Returns this worker's share [S] of the pairwise sigmoid loss over cosines (SigLIP, Zhai et al. 2023, eq. 1).

    Each pair of an image and a sentence is one decision: same caption or not. `bias` starts low, because nearly all
    pairs have different captions.
    """
    assert bias is not None, "the sigmoid's logits have a bias"

    def decide(queries_SrD: Tensor, keys_BD: Tensor, same_rB: Tensor, valid_rB: Tensor, scale: Tensor) -> Tensor:
        logits_SrB = scale * queries_SrD @ keys_BD.mT + bias
        decided_SrB = logsigmoid(torch.where(same_rB, logits_SrB, -logits_SrB))
        return -decided_SrB.masked_fill(~valid_rB, 0).sum(dim=(-2, -1))

    (picture_SbD, _), (_, text_BD) = _units(pairs)
    return _by_rows(decide, picture_SbD, text_BD, pairs, scale) / _count(pairs)


#: losses.alignment.kind -> the function that returns this worker's share of the loss for each set of pairs.
CONTRASTS: dict[Contrast, Callable[[Pairs, Tensor, Tensor | None], Tensor]] = {"infonce": infonce, "sigmoid": sigmoid}


def _units(pairs: Pairs) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Returns (own, all workers') unit vectors of the images, and the same of the texts."""

    def unit(own: Tensor, joined: Tensor) -> tuple[Tensor, Tensor]:
        own_unit = normalize(own, dim=-1)
        return own_unit, own_unit if joined is own else normalize(joined, dim=-1)

    return unit(pairs.picture_SbD, pairs.picture_SBD), unit(pairs.text_bD, pairs.text_BD)


def _count(pairs: Pairs) -> Tensor:
    """Returns the number of clips with a caption over all workers; at least one, so that division is safe."""
    return (pairs.captions_B >= 0).sum().clamp(min=1)


def _by_rows(
    term: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor],
    queries_SbD: Tensor,
    keys_SBD: Tensor,
    pairs: Pairs,
    scale: Tensor,
) -> Tensor:
    """Sums `term(queries, keys, same, valid, scale)` over blocks of queries, at most ROWS over all sets at a time.

    `same` is true where both captions are equal, `valid` where both clips have a caption.
    """
    count = queries_SbD.shape[-2]
    sets = max(queries_SbD.shape[:-2].numel(), keys_SBD.shape[:-2].numel())
    size = max(ROWS // sets, 1)
    # This zero depends on the inputs, so that without rows the gradients are zero instead of missing.
    total = (queries_SbD.sum(dim=(-2, -1)) + keys_SBD.sum(dim=(-2, -1))) * 0
    for start in range(0, count, size):
        block = slice(start, start + size)
        captions_r1 = pairs.captions_b[block, None]
        valid_rB = (captions_r1 >= 0) & (pairs.captions_B >= 0)
        same_rB = valid_rB & (captions_r1 == pairs.captions_B)
        given = (queries_SbD[..., block, :], keys_SBD, same_rB, valid_rB, scale)
        held = term(*given) if count <= size else checkpoint(term, *given, use_reentrant=False)
        total = total + held
    return total
