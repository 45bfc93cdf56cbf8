"""An easy task and a model that is small enough to be trained in a second."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from smile.config import Config, override

#: What the captions of `easy_task` say moved.
WORDS = ("brows raised", "mouth open", "jaw dropped")

#: Two views of 16 pixels, a few steps.
SMALL = {
    "model.embedding_size": 8,
    "training.epochs": 4,
    "training.batch_size": 8,
    "losses.decorrelation.weight": 0.05,
    "losses.redundancy.weight": 0.01,
}

Task = tuple[NDArray[np.uint8], list[str], NDArray[np.int64]]


@pytest.fixture
def small() -> Config:
    return override(Config(), SMALL)


@pytest.fixture
def easy_task() -> Callable[[int, int], Task]:
    """(clips, seed) -> pictures [N, 2, 2, 16, 16], captions and classes: which band of a noisy picture is bright."""

    def draw(clips: int, seed: int) -> Task:
        rng = np.random.default_rng(seed)
        classes = rng.integers(0, len(WORDS), clips)
        pictures = rng.normal(128, 40, (clips, 2, 2, 16, 16))
        for picture, number in zip(pictures, classes, strict=True):
            picture[:, :, 5 * number : 5 * number + 5] += 60
        return pictures.clip(0, 255).astype(np.uint8), [WORDS[number] for number in classes], classes

    return draw
