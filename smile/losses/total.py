"""The weighted terms of the objective, each under the name that config, sweeps and logs use.

Letters in shapes: B batch over all workers, V views, D embedding width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from smile.config import Losses
from smile.errors import UserError
from smile.losses.alignment import align
from smile.losses.decorrelation import decorrelate
from smile.losses.redundancy import reduce_redundancy


@dataclass(frozen=True)
class Embeddings:
    """What the terms look at, joined over all workers; the last three are None in a run without text."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor | None = None
    caption_ids_B: Tensor | None = None  # equal captions share a number; -1 where a clip has no caption
    scale: Tensor | None = None  # inverse temperature


@dataclass(frozen=True)
class _Described:
    """The clips that have a caption."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor
    caption_ids_B: Tensor
    scale: Tensor


def _decorrelation(embeddings: Embeddings, losses: Losses) -> Tensor:
    return decorrelate(embeddings.views_BVD, losses.decorrelation.off_diagonal_weight)


def _alignment(embeddings: Embeddings, losses: Losses) -> Tensor | None:
    if (clips := _described(embeddings)) is None:
        return None
    views_BVD = clips.views_BVD if losses.alignment.per_view else None
    return align(clips.face_BD, clips.text_BD, clips.caption_ids_B, clips.scale, views_BVD)


def _redundancy(embeddings: Embeddings, losses: Losses) -> Tensor | None:
    if (clips := _described(embeddings)) is None:
        return None
    return reduce_redundancy(clips.face_BD, clips.text_BD, losses.redundancy.diagonal)


#: Name of the term, which is also its section of config.Losses -> its value; None where the run has no text.
TERMS: dict[str, Callable[[Embeddings, Losses], Tensor | None]] = {
    "decorrelation": _decorrelation,
    "alignment": _alignment,
    "redundancy": _redundancy,
}


def weigh_terms(embeddings: Embeddings, losses: Losses) -> dict[str, Tensor]:
    """Term -> weight * value, to be summed; a term of weight zero is not computed, nor a text term without text.

    Raises UserError where nothing is left to learn from.
    """
    weights = {name: getattr(losses, name).weight for name in TERMS}
    values = {name: TERMS[name](embeddings, losses) for name, weight in weights.items() if weight}
    terms = {name: weights[name] * value for name, value in values.items() if value is not None}
    if not terms:
        raise UserError(
            "no loss is left: every term has weight zero or needs captions; "
            "set losses.decorrelation.weight above zero, or captions.arm to geometry"
        )
    return terms


def _described(embeddings: Embeddings) -> _Described | None:
    if embeddings.text_BD is None or embeddings.caption_ids_B is None or embeddings.scale is None:
        return None
    has_caption_B = embeddings.caption_ids_B >= 0
    return _Described(
        embeddings.views_BVD[has_caption_B],
        embeddings.face_BD[has_caption_B],
        embeddings.text_BD[has_caption_B],
        embeddings.caption_ids_B[has_caption_B],
        embeddings.scale,
    )
