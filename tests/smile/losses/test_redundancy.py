"""Cross-modal redundancy against numpy, and its switch."""

import numpy as np
import pytest
import torch

from smile.losses.redundancy import reduce_redundancy


def draw(width: int) -> tuple[torch.Tensor, torch.Tensor]:
    face, text = np.random.default_rng(3).normal(scale=100, size=(2, 9, width))
    return torch.tensor(face), torch.tensor(face + text)


@pytest.mark.parametrize("width", [4, 12])
def test_equals_numpy_with_and_without_the_diagonal(width: int) -> None:
    face, text = draw(width)
    c = np.corrcoef(face.numpy(), text.numpy(), rowvar=False)[:width, width:]
    off_diagonal = (c**2).sum() - (c.diagonal() ** 2).sum()
    assert reduce_redundancy(face, text, diagonal=False).item() == pytest.approx(off_diagonal, rel=1e-6)
    both = off_diagonal + ((1 - c.diagonal()) ** 2).sum()
    assert reduce_redundancy(face, text, diagonal=True).item() == pytest.approx(both, rel=1e-6)


def test_order_of_clips_and_of_the_two_sides_does_not_matter() -> None:
    face, text = draw(5)
    value = reduce_redundancy(face, text, diagonal=False)
    torch.testing.assert_close(reduce_redundancy(face.flip(0), text.flip(0), diagonal=False), value)
    torch.testing.assert_close(reduce_redundancy(text, face, diagonal=False), value)
