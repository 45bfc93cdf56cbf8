"""TABLE TERMS: weighs the loss terms, under the names that config, sweeps and logs use."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from smile.config import Alignment, Losses
from smile.errors import UserError
from smile.losses.alignment import CONTRASTS, align
from smile.losses.axes import AXES, align_axes
from smile.losses.decorrelation import decorrelate
from smile.losses.embeddings import Embeddings, describe, place
from smile.losses.gather import add_up
from smile.losses.redundancy import reduce_redundancy


def _decorrelation(_own: Embeddings, joined: Embeddings, losses: Losses) -> Tensor:
    return decorrelate(joined.views_BVD, losses.decorrelation.off_diagonal_weight)


def _alignment(own: Embeddings, joined: Embeddings, losses: Losses) -> Tensor | None:
    if own.scale is None:
        return None
    settings = losses.alignment
    if settings.kind in AXES and (mine := place(own)) is not None and (everyone := place(joined)) is not None:
        return add_up(align_axes(mine, everyone, settings.kind, own.scale, own.bias, settings.per_view))
    return _contrast(own, joined, settings)


def _contrast(own: Embeddings, joined: Embeddings, settings: Alignment) -> Tensor | None:
    everyone = describe(joined)
    mine = everyone if own is joined else describe(own)
    if mine is None or everyone is None or own.scale is None:
        return None
    # An arm that knows classes only has no axes: its sentences are contrasted.
    kind = settings.kind if settings.kind in CONTRASTS else "infonce"
    return add_up(align(mine, everyone, kind, own.scale, own.bias, settings.per_view))


def _redundancy(_own: Embeddings, joined: Embeddings, losses: Losses) -> Tensor | None:
    if (clips := describe(joined)) is None:
        return None
    return reduce_redundancy(clips.face_BD, clips.text_BD, losses.redundancy.diagonal, clips.caption_ids_B >= 0)


#: Name of a loss term (also its group in config.Losses) -> the function of this worker's embeddings, the joined
#: embeddings and the settings; returns the value over all workers' clips, or None where the run lacks text.
TERMS: dict[str, Callable[[Embeddings, Embeddings, Losses], Tensor | None]] = {
    "decorrelation": _decorrelation,
    "alignment": _alignment,
    "redundancy": _redundancy,
}


def weigh_terms(own: Embeddings, losses: Losses) -> dict[str, Tensor]:
    """Returns term -> weight * value over all workers' clips, from the embeddings `own` of this worker.

    The loss is the sum of these terms. Skips terms of weight zero, and text terms in a run without text. Every worker
    must call this with the same number of clips. Raises UserError where no term is left.
    """
    joined = own.join()
    weights = {name: getattr(losses, name).weight for name in TERMS}
    values = {name: TERMS[name](own, joined, losses) for name, weight in weights.items() if weight}
    terms = {name: weights[name] * value for name, value in values.items() if value is not None}
    if not terms:
        raise UserError(
            "no loss is left: every term has weight zero or needs captions; "
            "set losses.decorrelation.weight above zero, or captions.arm to geometry"
        )
    return terms
