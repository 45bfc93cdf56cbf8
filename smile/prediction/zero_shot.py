"""Embeds classes by their prompts: a class is the mean of all its prompts whose words the model knows.

Letters in shapes: K classes, D embedding width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from smile.arrays import Float32
from smile.captions.prompts import prompt_bank
from smile.errors import UserError
from smile.model.encoding import encode_sentences, know
from smile.model.face_text import FaceText


def embed_classes(model: FaceText, wordings: Mapping[str, Sequence[str]]) -> Float32:
    """Returns unit vectors [K, D], the mean embedding of each class's prompts (Radford et al. 2021, section 3.1.4).

    `wordings` are class -> prompts. Raises UserError for a model without text, and where the model knows no prompt of
    a class.
    """
    known = {name: know(model, sentences) for name, sentences in wordings.items()}
    for name, sentences in known.items():
        if not sentences:
            raise UserError(
                f"the model does not know the words of {name!r} ({wordings[name][0]!r}): it was trained on sentences "
                f"such as {_example(model)!r}; name prompts in its words"
            )
    means = [_unit(_unit(encode_sentences(model, sentences)).mean(axis=0)) for sentences in known.values()]
    return np.stack(means)


def banks(classes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Returns class -> all its prompts."""
    return {name: prompt_bank(name) for name in classes}


def _example(model: FaceText) -> str:
    """Returns up to eight words that the model knows."""
    assert model.tokenizer is not None  # otherwise `know` raised
    words = sorted(word for word in model.tokenizer.get_vocab() if word.isalpha())
    return " ".join(words[:: max(len(words) // 8, 1)][:8])


def _unit(vectors: Float32) -> Float32:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), dtype=np.float32)
