"""Computes the alignment by axes: puts a face between two opposite phrases, as far towards each as its measure says.

A sentence keeps only which movements stand out; here, words keep the strength of every movement, and faces that
moved nearly alike are nearly equal. The sentence of a clip belongs at the same place, so that the text tower also puts
sentences that it never read, such as the movements of a class, where their words say. The shares of all workers add up
to the loss.
Letters in shapes: b clips of this worker, S sets of embeddings of them, M axes, P = 2 M phrases, D embedding width.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, normalize, smooth_l1_loss

from smile.config import Contrast
from smile.losses.embeddings import Placed, stack_pictures

#: Standard deviations from the average from which on a phrase is true of a face; captions mention it from there on.
TRUE_FROM = 0.5


def align_axes(
    own: Placed, joined: Placed, kind: Contrast, scale: Tensor, bias: Tensor | None = None, per_view: bool = False
) -> Tensor:
    """Returns the loss of the fused face and of the sentence; with `per_view`, adds the mean loss of the single views.

    `own` are the clips of this worker, `joined` those of all workers; the result is this worker's share of the loss: M
    times the mean over all places that were measured, which is the mean over clips of the sum over axes where none is
    missing. `scale` is the inverse temperature; `bias` is added to the logits of decisions.
    """
    sets_SbD = torch.cat([own.text_BD[None], stack_pictures(own, per_view)])
    cosines_SbP = normalize(sets_SbD, dim=-1) @ normalize(own.phrases_PD, dim=-1).T
    clips_measured = joined.scores_BM.isfinite().sum().clamp(min=1) / joined.scores_BM.shape[1]
    loss_S = AXES[kind](scale * cosines_SbP, own.scores_BM, bias) / clips_measured
    return loss_S[:2].sum() + (loss_S[2:].mean() if per_view else 0)


def fit_axes(logits_SbP: Tensor, scores_bM: Tensor, _bias: Tensor | None = None) -> Tensor:
    """Returns [S], the sum over clips and axes of the smooth L1 error of where the embeddings lie on the axes.

    An embedding lies at the difference of its logits (cosines times scale) of the high end and of the low end; it
    should lie at the score. Example: with a scale of 14, a face of score 1.4 on the axis from "mouth closed" to "mouth
    open" should have a cosine to "mouth open" that is 0.1 above its cosine to "mouth closed". A score that is NaN,
    because it was not measured, has no force.
    """
    low_SbM, high_SbM = logits_SbP.chunk(2, dim=-1)
    measured_bM = scores_bM.isfinite()
    wanted_SbM = scores_bM.masked_fill(~measured_bM, 0).expand_as(low_SbM)
    errors_SbM = smooth_l1_loss(high_SbM - low_SbM, wanted_SbM, reduction="none")
    return errors_SbM.masked_fill(~measured_bM, 0).sum(dim=(-2, -1))


def decide_phrases(logits_SbP: Tensor, scores_bM: Tensor, bias: Tensor | None = None) -> Tensor:
    """Returns [S], the sum over clips and phrases of one sigmoid decision: is this phrase true of this face?

    A phrase is true where the score lies TRUE_FROM or more towards its end of the axis, and counts where it was
    measured. This is SigLIP's loss (Zhai et al. 2023, eq. 1) with the phrases in the place of the batch's sentences.
    """
    assert bias is not None, "the sigmoid's logits have a bias"
    true_bP = torch.cat([-scores_bM, scores_bM], dim=-1) >= TRUE_FROM
    logits_SbP = logits_SbP + bias
    decided_SbP = logsigmoid(torch.where(true_bP, logits_SbP, -logits_SbP))
    return -decided_SbP.masked_fill(~scores_bM.isfinite().repeat(1, 2), 0).sum(dim=(-2, -1))


#: losses.alignment.kind -> the function that returns the sum of the errors of each set of embeddings.
AXES: dict[Contrast, Callable[[Tensor, Tensor, Tensor | None], Tensor]] = {"axes": fit_axes, "phrases": decide_phrases}
