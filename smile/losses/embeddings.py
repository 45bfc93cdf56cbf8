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
    """Clips of a run with text; where the number of the caption is -1 there is none, and no say in a term about it."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor
    caption_ids_B: Tensor


def describe(embeddings: Embeddings) -> Described | None:
    """The clips with their captions, None in a run without text.

    Rows without a caption stay, with zeros in the place of a text: to take them out, the host would have to be told
    how many there are, and would wait for the device in every step.
    """
    text_BD, ids_B = embeddings.text_BD, embeddings.caption_ids_B
    if text_BD is None or ids_B is None:
        return None
    return Described(embeddings.views_BVD, embeddings.face_BD, text_BD.masked_fill(ids_B[:, None] < 0, 0), ids_B)
