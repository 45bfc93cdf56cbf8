"""Methods that were trained on captions read sentences, in one space with faces; the others say that they cannot."""

import numpy as np
import pytest

from bench.methods import METHODS
from bench.methods.method import TextEncoder, fit_blind
from smile.captions.prompts import prompt_bank
from smile.config import Config, override
from smile.data.face import EXPRESSIONS

SMALL = override(Config(), {"training.epochs": 1, "training.batch_size": 9, "training.warmup": 0.5})


@pytest.fixture(scope="module")
def label_encoder(make_views):
    views = make_views(subjects=3, size=16)
    return views, fit_blind(METHODS["smile_label"], views, SMALL, lambda *_: None)


def test_faces_and_sentences_share_a_space_and_unknown_words_are_zeros(label_encoder):
    views, encoder = label_encoder
    assert isinstance(encoder, TextEncoder)
    faces = encoder.embed_jointly(views)
    sentences = [prompt_bank(name)[0] for name in EXPRESSIONS]
    words = encoder.embed_sentences([*sentences, "an entirely unheard-of countenance"])
    assert faces.shape == (18, words.shape[1]) and len(words) == 7
    assert np.isfinite(words).all() and np.any(words[:6] != 0, axis=1).all()
    assert not words[6].any()
    np.testing.assert_allclose(encoder.embed_sentences(sentences[::-1]), words[5::-1], atol=1e-6)
    assert encoder.embed_sentences(["qwertz"]).shape == (1, words.shape[1])


def test_what_was_trained_without_text_has_no_text_side(make_views):
    views = make_views(subjects=2, size=16)
    for name in ("pixels", "random"):
        assert not isinstance(fit_blind(METHODS[name], views, SMALL, lambda *_: None), TextEncoder)
