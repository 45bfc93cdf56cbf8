"""MultiviewVLM, in our reading, is its equation pair by pair, learns, reads words, and needs no second worker."""

import math

import pytest
import torch

from bench.methods import METHODS
from bench.methods.method import TextEncoder, fit_blind
from bench.methods.vision_language.multiview_vlm import SHARPNESS, attract, contrast_stably
from smile.captions.arms import write_captions
from smile.config import Config, override
from smile.training.batches import Batches, tokenize
from smile.training.pretraining import initialise
from tests.bench.methods.workers import compare_workers

SMALL = override(
    Config(), {"training.epochs": 1, "training.batch_size": 8, "captions.arm": "pseudo", "captions.clusters": 4}
)


@pytest.fixture(scope="module")
def started(make_views):
    """An untrained model with its batches; one clip has no prompt."""
    views = make_views(subjects=3, size=16)
    prompts = ["", *write_captions(SMALL.captions, views, 0).sentences[1:]]
    model = initialise(SMALL, views.images, prompts)
    return model, Batches(views.images, SMALL.training, tokenize(model.tokenizer, prompts))


def cosine(first, second):
    return (first * second).sum() / (first.norm() * second.norm())


def soften(value):
    return torch.log(1 + torch.exp(value))


def pull_and_push(pairs):
    """Mean over positive pairs plus mean over negative pairs; None is a pair that nobody knows."""
    pulled = [soften(-SHARPNESS * cosine(a, b)) for a, b, same in pairs if same is True]
    pushed = [soften(SHARPNESS * cosine(a, b)) for a, b, same in pairs if same is False]
    return sum(pulled) / max(len(pulled), 1) + sum(pushed) / max(len(pushed), 1)


def compare(classes, one, other, own):
    if own:
        return True
    return None if -1 in (classes[one], classes[other]) else classes[one] == classes[other]


def test_the_loss_is_its_equation_pair_by_pair_in_value_and_gradient(started):
    model, batches = started
    model.eval()
    batch = next(one for one in (batches.read(step, torch.device("cpu")) for step in range(9)) if -1 in one.caption_ids)
    told = contrast_stably(model, batch)
    output = model(batch.pixels, batch.input_ids, batch.attention_mask)
    classes, clips = batch.caption_ids.tolist(), range(8)
    rows = [(clip, output.view_embeddings[clip, view]) for clip in clips for view in range(2)]
    views = pull_and_push(
        [
            (a, b, compare(classes, one, other, one == other))
            for i, (one, a) in enumerate(rows)
            for j, (other, b) in enumerate(rows)
            if i != j
        ]
    )
    pictures = [*rows, *((clip, output.face_embedding[clip]) for clip in clips)]
    prompts = pull_and_push(
        [
            (a, output.text_embedding[other], compare(classes, one, other, False))
            for one, a in pictures
            for other in clips
        ]
    )
    torch.testing.assert_close(told["views"], views, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(told["prompts"], prompts, rtol=1e-5, atol=1e-5)
    weight = next(model.image_projection.parameters())
    slopes = [torch.autograd.grad(sum(pair), weight)[0] for pair in (told.values(), (views, prompts))]
    torch.testing.assert_close(*slopes, rtol=1e-4, atol=1e-5)


def test_pairs_that_nobody_knows_cost_nothing():
    rows = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    none = torch.zeros(3, 3, dtype=torch.bool)
    assert float(attract(rows, rows, none, none)) == 0
    one = none.clone()
    one[0, 0] = True
    assert float(attract(rows, rows, one, none)) == pytest.approx(math.log(1 + math.exp(-SHARPNESS)), rel=1e-2)


def test_two_workers_have_the_gradient_of_one(started, monkeypatch):
    compare_workers(started[0], contrast_stably, started[1], monkeypatch)


def test_it_reads_the_words_of_its_prompts(make_views):
    views = make_views(subjects=3, size=16)
    encoder = fit_blind(METHODS["multiview_vlm"], views, SMALL, lambda *_: None)
    assert isinstance(encoder, TextEncoder)
    assert not encoder.embed_sentences(["qwertz"]).any()
