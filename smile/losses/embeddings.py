"""Holds the embeddings that the loss terms read.

Letters in shapes: B clips, V views, D embedding width, M axes between two phrases, P = 2 M phrases.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from smile.losses.gather import gather, worker_count


@dataclass(frozen=True)
class Embeddings:
    """Holds the embeddings of one worker's clips, or of all workers' clips; fields of text are None without text."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor | None = None
    caption_ids_B: Tensor | None = None  # equal captions have the same number; -1: the clip has no caption
    scale: Tensor | None = None  # inverse temperature
    bias: Tensor | None = None  # of the sigmoid's logits; None for InfoNCE
    phrases_PD: Tensor | None = None  # the low ends of all axes, then their high ends; None without axes
    scores_BM: Tensor | None = None  # place of each clip on each axis; NaN: not measured

    def join(self) -> Embeddings:
        """Returns the embeddings of all workers' clips, in order of rank; returns itself where there is one worker."""
        if worker_count() == 1:
            return self
        return replace(
            self,
            views_BVD=gather(self.views_BVD),
            face_BD=gather(self.face_BD),
            text_BD=None if self.text_BD is None else gather(self.text_BD),
            caption_ids_B=None if self.caption_ids_B is None else gather(self.caption_ids_B),
            scores_BM=None if self.scores_BM is None else gather(self.scores_BM),
        )


@dataclass(frozen=True)
class Described:
    """Holds clips of a run with text; a clip with caption number -1 has no caption, and text terms leave it out."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor  # zero where a clip has no caption
    caption_ids_B: Tensor


def describe(embeddings: Embeddings) -> Described | None:
    """Returns the clips with their captions; None in a run without text.

    Keeps rows without a caption, with zeros as their text: to remove them, the host would have to wait for the device
    in every step, to learn how many there are.
    """
    text_BD, ids_B = embeddings.text_BD, embeddings.caption_ids_B
    if text_BD is None or ids_B is None:
        return None
    return Described(embeddings.views_BVD, embeddings.face_BD, text_BD.masked_fill(ids_B[:, None] < 0, 0), ids_B)


@dataclass(frozen=True)
class Placed:
    """Holds clips whose places on axes between two phrases are known; a place that was not measured is NaN."""

    views_BVD: Tensor
    face_BD: Tensor
    text_BD: Tensor
    phrases_PD: Tensor
    scores_BM: Tensor


def place(embeddings: Embeddings) -> Placed | None:
    """Returns the clips with their places on axes; None in a run without axes."""
    text_BD, phrases_PD, scores_BM = embeddings.text_BD, embeddings.phrases_PD, embeddings.scores_BM
    if text_BD is None or phrases_PD is None or scores_BM is None:
        return None
    return Placed(embeddings.views_BVD, embeddings.face_BD, text_BD, phrases_PD, scores_BM)


def stack_pictures(clips: Described | Placed, per_view: bool) -> Tensor:
    """Returns [S, B, D]: the fused faces, then with `per_view` each view, so that one matrix product serves all."""
    face_1BD = clips.face_BD[None]
    return torch.cat([face_1BD, clips.views_BVD.transpose(0, 1)]) if per_view else face_1BD
