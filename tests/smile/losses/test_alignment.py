"""The contrast against torch's cross-entropy and loops, and that equal captions are never negatives."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from smile.losses.alignment import align, contrast


def draw(rows: int = 7, width: int = 5, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(2, rows, width, generator=generator, dtype=torch.float64))  # type: ignore[return-value]


def in_loops(pictures: np.ndarray, texts: np.ndarray, captions: list[int], scale: float) -> float:
    def one_way(queries: np.ndarray, keys: np.ndarray) -> float:
        total = 0.0
        for i, query in enumerate(queries):
            logits = [scale * query @ key / np.linalg.norm(query) / np.linalg.norm(key) for key in keys]
            log_sum = np.log(np.sum(np.exp(logits)))
            positives = [j for j in range(len(keys)) if captions[j] == captions[i]]
            total -= np.mean([logits[j] - log_sum for j in positives])
        return total / len(queries)

    return (one_way(pictures, texts) + one_way(texts, pictures)) / 2


def test_equals_the_formula_in_loops() -> None:
    pictures, texts = draw()
    captions = [0, 1, 2, 1, 1, 0, 5]
    value = contrast(pictures, texts, torch.tensor(captions), torch.tensor(14.0))
    assert value.item() == pytest.approx(in_loops(pictures.numpy(), texts.numpy(), captions, 14.0), rel=1e-9)


def test_is_clip_s_loss_where_all_captions_differ() -> None:
    pictures, texts = draw()
    logits = 5 * normalize(pictures, dim=1) @ normalize(texts, dim=1).T
    target = torch.arange(7)
    expected = (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2
    torch.testing.assert_close(contrast(pictures, texts, target, torch.tensor(5.0)), expected)


def test_equal_captions_are_not_pushed_apart() -> None:
    """Two clips with one caption and one embedding: no force; as negatives they would be told apart."""
    texts = torch.eye(4, dtype=torch.float64)[[0, 0, 1, 2]]
    pictures = (texts * 3).requires_grad_()
    scale = torch.tensor(50.0)  # other captions are already far enough to be of no force
    (as_positives,) = torch.autograd.grad(contrast(pictures, texts, torch.tensor([0, 0, 1, 2]), scale), pictures)
    assert as_positives.abs().max() < 1e-12
    tilted = texts + 0.1 * torch.eye(4, dtype=torch.float64)
    (as_negatives,) = torch.autograd.grad(contrast(pictures, tilted, torch.arange(4), scale), pictures)
    assert as_negatives.abs().max() > 1e-2


def test_views_are_added_as_their_mean() -> None:
    face, text = draw()
    views = torch.stack([face + 1, face * face, -face], dim=1)
    captions, scale = torch.arange(7), torch.tensor(9.0)
    alone = [contrast(views[:, v], text, captions, scale) for v in range(3)]
    expected = contrast(face, text, captions, scale) + sum(alone) / 3
    torch.testing.assert_close(align(face, text, captions, scale, views), expected)
    torch.testing.assert_close(align(face, text, captions, scale, views.flip(1)), expected)
    torch.testing.assert_close(align(face, text, captions, scale), contrast(face, text, captions, scale))


def test_order_of_clips_and_length_of_vectors_do_not_matter() -> None:
    pictures, texts = draw()
    captions, scale = torch.tensor([0, 1, 2, 1, 1, 0, 5]), torch.tensor(9.0)
    value = contrast(pictures, texts, captions, scale)
    torch.testing.assert_close(contrast(pictures.flip(0), texts.flip(0), captions.flip(0), scale), value)
    torch.testing.assert_close(contrast(pictures * 30, texts / 7, captions, scale), value)
