"""Sentences of classes: averaged as unit vectors, as far as their words are known."""

import numpy as np
import pytest
import torch

from smile.captions.phrases import PHRASES
from smile.config import Alignment, Model
from smile.data.face import EXPRESSIONS
from smile.errors import UserError
from smile.model import FaceText, build_face_text
from smile.model.encoding import encode_sentences
from smile.prediction.zero_shot import banks, embed_classes, know

#: A vocabulary as geometry captions leave it.
WORDS = [", ".join(f"strongly {words}" for pair in PHRASES.values() for words in pair)]


def build(captions: list[str] | None) -> FaceText:
    torch.manual_seed(0)
    return build_face_text(
        Model(embedding_size=16), channels=3, image_size=16, captions=captions, alignment=Alignment()
    )


def test_a_class_is_the_mean_of_its_wordings() -> None:
    model = build(WORDS)
    found = embed_classes(model, {"a": ("jaw dropped", "mouth open"), "b": ("lips pressed",)})
    vectors = encode_sentences(model, ["jaw dropped", "mouth open", "lips pressed"])
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    mean = units[:2].mean(0)
    np.testing.assert_allclose(found, [mean / np.linalg.norm(mean), units[2]], rtol=1e-5, atol=1e-6)


def test_wordings_with_unknown_words_are_left_out_and_no_class_is_left_without() -> None:
    model = build(WORDS)
    assert know(model, ["a happy face", "lip corners up"]) == ["lip corners up"]
    assert embed_classes(model, banks(EXPRESSIONS)).shape == (6, 16)
    with pytest.raises(UserError, match=r"does not know the words of 'joy' \('a happy face'\)") as caught:
        embed_classes(model, {"joy": ("a happy face",)})
    example = str(caught.value).split("such as '")[1].split("'")[0]
    assert len(example.split()) == 8 and know(model, [example]) == [example]
    with pytest.raises(UserError, match="such as 'jaw'"):
        embed_classes(build(["jaw"]), {"joy": ("a happy face",)})


def test_a_model_without_text_says_what_to_do() -> None:
    with pytest.raises(UserError, match="--fit NAME=DIR"):
        embed_classes(build(None), banks(EXPRESSIONS))
