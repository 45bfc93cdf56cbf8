"""Encodes many clips or sentences with a frozen model: gives features and embeddings to probes and plots.

Letters in shapes: N clips, V views, C channels, H and W pixels, F image feature width, D embedding width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from smile.arrays import Bool, Float32, UInt8
from smile.errors import UserError
from smile.model.face_text import FaceText
from smile.model.image_tower import to_pixels


@dataclass(frozen=True)
class Codes:
    """Holds features and embeddings; row n of every field belongs to the same clip."""

    view_features: Float32  # [N, V, F]
    face_features: Float32  # [N, F]
    view_embeddings: Float32  # [N, V, D]
    face_embedding: Float32  # [N, D]

    @property
    def side_by_side(self) -> Float32:
        """Returns [N, V F], the features of all views before fusion and projection; probes read them."""
        return self.view_features.reshape(len(self.view_features), -1)


@torch.no_grad()
def encode_faces(model: FaceText, images: UInt8, batch_size: int = 64, view_mask: Bool | None = None) -> Codes:
    """Encodes images [N, V, C, H, W], `batch_size` clips at a time, with the model in evaluation mode.

    Where `view_mask` [N, V] is false, the view is missing and its pixels do not change the face.
    Raises UserError where a clip has no view at all.
    """
    if view_mask is not None and not view_mask.any(axis=1).all():
        raise UserError(f"clip {int(view_mask.any(axis=1).argmin())} has no view at all; leave it out")
    was_training = model.training
    model.eval()
    parts: dict[str, list[Float32]] = {name: [] for name in Codes.__dataclass_fields__}
    for start in range(0, len(images), batch_size):
        rows = np.array(images[start : start + batch_size])  # torch needs writable memory
        there = None if view_mask is None else torch.from_numpy(view_mask[start : start + batch_size]).to(model.device)
        output = model(to_pixels(torch.from_numpy(rows).to(model.device)), view_mask=there)
        for name, found in parts.items():
            found.append(output[name].float().cpu().numpy())
    model.train(was_training)
    return Codes(**{name: np.concatenate(found) for name, found in parts.items()})


@torch.no_grad()
def encode_sentences(model: FaceText, sentences: Sequence[str]) -> Float32:
    """Returns embeddings [len(sentences), D]; raises UserError for a model that was trained without text."""
    if model.tokenizer is None:
        raise UserError("this model was trained without text (captions.arm=none) and cannot read sentences")
    was_training = model.training
    model.eval()
    tokens = model.tokenizer(list(sentences), padding=True, truncation=True, return_tensors="pt").to(model.device)
    embedding: Float32 = model.embed_text(tokens["input_ids"], tokens["attention_mask"]).float().cpu().numpy()
    model.train(was_training)
    return embedding


def know(model: FaceText, sentences: Sequence[str]) -> list[str]:
    """Returns the sentences whose words the tokenizer knows; a preset knows only the words of its captions.

    Example: a model that never read "angry" drops "an angry face". Raises UserError for a model without text.
    """
    if model.tokenizer is None:
        raise UserError("this model was trained without text (captions.arm=none); fit a probe with --fit NAME=DIR")
    unknown = model.tokenizer.unk_token_id
    return [text for text in sentences if unknown is None or unknown not in model.tokenizer(text)["input_ids"]]
