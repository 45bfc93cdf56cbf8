"""What the terms of the objective look at.

Letters in shapes: B clips, V views, D embedding width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from smile.losses.gather import gather, worker_count


@dataclass(frozen=True)
class Embeddings:
    """Vectors of one worker's clips, or of all workers'; what is None is not there in a run without text."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor | None = None
    caption_ids_B: Tensor | None = None  # equal captions share a number; -1 where a clip has no caption
    scale: Tensor | None = None  # inverse temperature
    bias: Tensor | None = None  # of the sigmoid's logits; None for InfoNCE

    def join(self) -> Embeddings:
        """The clips of all workers, in order of rank; itself on one worker."""
        if worker_count() == 1:
            return self
        return replace(
            self,
            views_BVD=gather(self.views_BVD),
            face_BD=gather(self.face_BD),
            text_BD=None if self.text_BD is None else gather(self.text_BD),
            caption_ids_B=None if self.caption_ids_B is None else gather(self.caption_ids_B),
        )


@dataclass(frozen=True)
class Described:
    """The clips that have a caption."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor
    caption_ids_B: Tensor


def select_described(embeddings: Embeddings) -> Described | None:
    """The clips with a caption, perhaps none; None in a run without text."""
    if embeddings.text_BD is None or embeddings.caption_ids_B is None:
        return None
    rows = embeddings.caption_ids_B >= 0
    if rows.all():  # nothing is copied
        return Described(embeddings.views_BVD, embeddings.face_BD, embeddings.text_BD, embeddings.caption_ids_B)
    return Described(
        embeddings.views_BVD[rows], embeddings.face_BD[rows], embeddings.text_BD[rows], embeddings.caption_ids_B[rows]
    )
