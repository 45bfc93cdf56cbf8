"""The contrasts against torch's cross-entropy and loops, and that equal captions are never negatives."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from smile.losses import alignment
from smile.losses.alignment import CONTRASTS, Pairs, align
from smile.losses.embeddings import Described

REPEATED = [0, 1, 2, 1, 1, 0, 5]
BIAS = torch.tensor(-3.0)


def draw(rows: int = 7, width: int = 5, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(2, rows, width, generator=generator, dtype=torch.float64))  # type: ignore[return-value]


def contrast(
    pictures: torch.Tensor, texts: torch.Tensor, captions: list[int], scale: float, kind: str = "infonce"
) -> torch.Tensor:
    ids = torch.tensor(captions)
    return CONTRASTS[kind](Pairs(pictures, texts, ids, pictures, texts, ids), torch.tensor(scale), BIAS)


def cosines(queries: np.ndarray, keys: np.ndarray, scale: float) -> list[list[float]]:
    return [[scale * q @ k / np.linalg.norm(q) / np.linalg.norm(k) for k in keys] for q in queries]


def infonce_in_loops(pictures: np.ndarray, texts: np.ndarray, captions: list[int], scale: float) -> float:
    def one_way(queries: np.ndarray, keys: np.ndarray) -> float:
        total = 0.0
        for i, logits in enumerate(cosines(queries, keys, scale)):
            log_sum = np.log(np.sum(np.exp(logits)))
            positives = [j for j in range(len(keys)) if captions[j] == captions[i]]
            total -= np.mean([logits[j] - log_sum for j in positives])
        return total / len(queries)

    return (one_way(pictures, texts) + one_way(texts, pictures)) / 2


def sigmoid_in_loops(pictures: np.ndarray, texts: np.ndarray, captions: list[int], scale: float) -> float:
    total = 0.0
    for i, logits in enumerate(cosines(pictures, texts, scale)):
        for j, logit in enumerate(logits):
            sign = 1 if captions[i] == captions[j] else -1
            total += np.log(1 + np.exp(-sign * (logit + BIAS.item())))
    return total / len(pictures)


@pytest.mark.parametrize(("kind", "loops"), [("infonce", infonce_in_loops), ("sigmoid", sigmoid_in_loops)])
def test_equals_the_formula_in_loops(kind, loops) -> None:
    pictures, texts = draw()
    value = contrast(pictures, texts, REPEATED, 14.0, kind)
    assert value.item() == pytest.approx(loops(pictures.numpy(), texts.numpy(), REPEATED, 14.0), rel=1e-9)


def test_infonce_is_clip_s_loss_where_all_captions_differ() -> None:
    pictures, texts = draw()
    logits = 5 * normalize(pictures, dim=1) @ normalize(texts, dim=1).T
    target = torch.arange(7)
    expected = (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2
    torch.testing.assert_close(contrast(pictures, texts, list(range(7)), 5.0), expected)


def test_equal_captions_are_not_pushed_apart() -> None:
    """Two clips with one caption and one embedding: no force; as negatives they would be told apart."""
    texts = torch.eye(4, dtype=torch.float64)[[0, 0, 1, 2]]
    pictures = (texts * 3).requires_grad_()
    scale = 50.0  # other captions are already far enough to be of no force
    (as_positives,) = torch.autograd.grad(contrast(pictures, texts, [0, 0, 1, 2], scale), pictures)
    assert as_positives.abs().max() < 1e-12
    tilted = texts + 0.1 * torch.eye(4, dtype=torch.float64)
    (as_negatives,) = torch.autograd.grad(contrast(pictures, tilted, [0, 1, 2, 3], scale), pictures)
    assert as_negatives.abs().max() > 1e-2


def test_the_sigmoid_draws_equal_captions_together() -> None:
    """A picture between all sentences is drawn to that of an equal caption, and to no other."""
    texts, pictures = torch.eye(4), torch.ones(4, 4, requires_grad=True)
    for captions, is_drawn in (([0, 0, 1, 2], True), ([0, 3, 1, 2], False)):
        (gradient,) = torch.autograd.grad(contrast(pictures, texts, captions, 5.0, "sigmoid"), pictures)
        assert ((gradient[0, 2] - gradient[0, 1]).item() > 1e-3) == is_drawn


@pytest.mark.parametrize("kind", CONTRASTS)
def test_views_are_added_as_their_mean(kind: str) -> None:
    face, text = draw()
    views = torch.stack([face + 1, face * face, -face], dim=1)
    clips = Described(views, face, text, torch.tensor(REPEATED))
    turned = Described(views.flip(1), face, text, torch.tensor(REPEATED))
    alone = [contrast(views[:, v], text, REPEATED, 9.0, kind) for v in range(3)]
    fused = contrast(face, text, REPEATED, 9.0, kind)
    scale = torch.tensor(9.0)
    for seen in (clips, turned):
        torch.testing.assert_close(align(seen, seen, kind, scale, BIAS, per_view=True), fused + sum(alone) / 3)
    torch.testing.assert_close(align(clips, clips, kind, scale, BIAS), fused)


@pytest.mark.parametrize("kind", CONTRASTS)
def test_order_of_clips_and_length_of_vectors_do_not_matter(kind: str) -> None:
    pictures, texts = draw()
    value = contrast(pictures, texts, REPEATED, 9.0, kind)
    torch.testing.assert_close(contrast(pictures.flip(0), texts.flip(0), REPEATED[::-1], 9.0, kind), value)
    torch.testing.assert_close(contrast(pictures * 30, texts / 7, REPEATED, 9.0, kind), value)


@pytest.mark.parametrize("kind", CONTRASTS)
def test_a_block_of_rows_at_a_time_gives_the_same_value_and_gradient(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for rows in (2, 1000):
        monkeypatch.setattr(alignment, "ROWS", rows)
        pictures, texts = (x.requires_grad_() for x in draw())
        value = contrast(pictures, texts, REPEATED, 9.0, kind)
        found.append((value, *torch.autograd.grad(value, (pictures, texts))))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", CONTRASTS)
def test_shares_of_two_halves_add_up(kind: str) -> None:
    pictures, texts = draw()
    ids = torch.tensor(REPEATED)
    halves = [
        CONTRASTS[kind](Pairs(pictures[own], texts[own], ids[own], pictures, texts, ids), torch.tensor(9.0), BIAS)
        for own in (slice(0, 3), slice(3, 7))
    ]
    torch.testing.assert_close(sum(halves), contrast(pictures, texts, REPEATED, 9.0, kind))


def describe(rows: slice, views: torch.Tensor) -> Described:
    face, text = draw()
    return Described(views[rows], face[rows], text[rows], torch.tensor(REPEATED)[rows])


@pytest.mark.parametrize("per_view", [False, True])
@pytest.mark.parametrize("kind", CONTRASTS)
def test_aligned_halves_add_up_to_all_clips(kind: str, per_view: bool) -> None:
    views = torch.stack([draw(seed=seed)[0] for seed in (1, 2)], dim=1)
    whole, *halves = (describe(rows, views) for rows in (slice(0, 7), slice(0, 3), slice(3, 7)))
    settings = kind, torch.tensor(9.0), BIAS, per_view
    torch.testing.assert_close(sum(align(half, whole, *settings) for half in halves), align(whole, whole, *settings))


@pytest.mark.parametrize(("rows", "block"), [(2, 1), (6, 2), (12, 4), (20, 6)])
@pytest.mark.parametrize("kind", CONTRASTS)
def test_no_more_rows_of_logits_are_held_than_asked_for(
    kind: str, rows: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    def hold(term, queries, *others, **_):
        held.append(queries.shape[-2])
        return term(queries, *others)

    monkeypatch.setattr(alignment, "ROWS", rows)
    monkeypatch.setattr(alignment, "checkpoint", hold)
    clips = describe(slice(0, 7), torch.stack(draw(seed=3), dim=1))  # two views and the fused face: three sets
    align(clips, clips, kind, torch.tensor(9.0), BIAS, per_view=True)
    assert max(held) == block and sum(held) == 7 * (2 if kind == "infonce" else 1)


def test_few_rows_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "checkpoint", lambda *_, **__: pytest.fail("computed anew in the backward pass"))
    contrast(*draw(), REPEATED, 9.0)


@pytest.mark.parametrize("kind", CONTRASTS)
def test_no_clips_are_of_no_force(kind: str) -> None:
    pictures, texts = (values[:0].requires_grad_() for values in draw())
    value = contrast(pictures, texts, [], 9.0, kind)
    assert value.item() == 0
    assert [pull.shape for pull in torch.autograd.grad(value, (pictures, texts))] == [(0, 5), (0, 5)]


def test_a_single_caption_counts_in_full() -> None:
    pictures, texts = draw()
    value = contrast(pictures, texts, [-1, -1, 4, -1, -1, -1, -1], 9.0, "sigmoid")
    assert value.item() == pytest.approx(sigmoid_in_loops(pictures[2:3].numpy(), texts[2:3].numpy(), [4], 9.0))
