"""Packed sentences against padded ones: the same features and gradients, nothing shared, no place wasted."""

import pytest
import torch
from torch import Tensor

from smile.model.packed_sentences import pack
from smile.model.presets import make_text_tower
from smile.model.text_tower import TextTower

LONGEST = 9


@pytest.fixture
def tower() -> TextTower:
    torch.manual_seed(0)
    return TextTower(make_text_tower("tiny", 20))


def draw(seed: int) -> tuple[Tensor, Tensor]:
    """Twelve sentences: one empty, two equal, two padded on the left."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 20, (12, LONGEST), generator=generator)
    lengths = torch.tensor([LONGEST, 0, *torch.randint(1, LONGEST, (10,), generator=generator)])
    mask = (torch.arange(LONGEST) < lengths[:, None]).long()
    ids[3], mask[3] = ids[2], mask[2]
    mask[4:6] = mask[4:6].flip(1)
    return ids * mask, mask


def average_padded(tower: TextTower, ids: Tensor, mask: Tensor) -> Tensor:
    hidden = tower.tower(input_ids=ids, attention_mask=mask).last_hidden_state
    return torch.stack(
        [row[kept].mean(0) if kept.any() else row[0] * 0 for row, kept in zip(hidden, mask.bool(), strict=True)]
    )


@pytest.mark.parametrize("seed", range(3))
def test_features_and_gradients_are_those_of_padded_sentences(tower: TextTower, seed: int) -> None:
    ids, mask = draw(seed)
    found = []
    for features in (tower(ids, mask), average_padded(tower, ids, mask)):
        wanted = torch.randn(features.shape, generator=torch.Generator().manual_seed(1))
        found.append([features, *torch.autograd.grad((features * wanted).sum(), list(tower.parameters()))])
    for packed, padded in zip(*found, strict=True):
        torch.testing.assert_close(packed, padded, rtol=1e-4, atol=1e-5)
    assert (found[0][0][1] == 0).all()  # without words
    torch.testing.assert_close(found[0][0][2], found[0][0][3], rtol=0, atol=0)


def test_a_sentence_does_not_see_its_neighbours(tower: TextTower) -> None:
    ids, mask = draw(0)
    with torch.no_grad():
        before, other = tower(ids, mask), ids.clone()
        other[6] = other[6] % 19 + 1
        after = tower(other, mask)
    same = torch.arange(12) != 6
    torch.testing.assert_close(after[same], before[same], rtol=1e-5, atol=1e-6)
    assert not torch.allclose(after[6], before[6], atol=1e-2)


def test_each_different_sentence_lies_there_once_in_few_rows() -> None:
    ids, mask = draw(0)
    packed = pack(ids, mask)
    words = int(mask.sum() - mask[3].sum())
    used = packed.average_BP.any(dim=0)
    assert used.sum() == words
    rows, width = packed.input_ids_RW.shape
    assert width == LONGEST * 3 // 2 and rows < 2 * words / width + 1  # at most one row is less than half full
    again = pack(ids[:1].expand(32, -1), mask[:1].expand(32, -1))
    assert again.input_ids_RW.shape == (1, LONGEST)


@pytest.mark.parametrize("sentences", [0, 3])
def test_no_word_at_all(tower: TextTower, sentences: int) -> None:
    nothing = torch.zeros(sentences, 5, dtype=torch.int64)
    assert torch.equal(tower(nothing, nothing), torch.zeros(sentences, tower.feature_size))
