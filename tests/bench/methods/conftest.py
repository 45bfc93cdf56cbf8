"""A task that is made for encoders: what varies besides the class is what augmentation varies."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.methods.method import fit_blind
from smile.config import Config, override
from smile.model.image_tower import to_pixels
from smile.rendering.views import blank
from smile.training.augment import augment

#: Strength of the augmentation: strong enough to hide the classes from an untrained tower.
STRENGTH = 3.5
CLASSES, PEOPLE_TAUGHT, PEOPLE_TESTED = 6, 12, 30


def make_task(make_views, subjects, seed):
    """Views of a pattern a class, each moved, weakened, blurred by noise and half erased."""
    pattern = np.random.default_rng(7).normal(size=(CLASSES, 1, 1, 16, 16))
    clean = np.repeat(np.clip(128 + 30 * pattern, 0, 255).astype(np.uint8), 2, axis=1)
    views = make_views(subjects=subjects, size=16, seed=seed)
    pixels = to_pixels(torch.from_numpy(clean[np.tile(np.arange(CLASSES), subjects)]))
    seeds = np.stack([np.full(len(views), 100 + seed), np.arange(len(views))], axis=1)
    shown = augment(pixels, STRENGTH, seeds) * 128 + 128
    return replace(views, images=shown.round().clamp(0, 255).to(torch.uint8).numpy())


@pytest.fixture(scope="session")
def learn(make_views):
    """Returns (method, epochs) -> how often the nearest other face in its embedding shows the same class."""
    taught, tested = make_task(make_views, PEOPLE_TAUGHT, 0), make_task(make_views, PEOPLE_TESTED, 1)
    classes = np.tile(np.arange(CLASSES), PEOPLE_TESTED)

    def score(method, epochs):
        settings = {"epochs": epochs, "batch_size": 24, "augmentation": STRENGTH, "learning_rate": 3e-3}
        settings |= {"vitals_every": 0, "report_every": 0, "share_every": 0}
        config = override(Config(), {f"training.{name}": value for name, value in settings.items()})
        config = override(config, {"captions.clusters": CLASSES})
        embeddings = fit_blind(method, taught, config, lambda *_: None).embed(blank(tested))
        embeddings = embeddings - embeddings.mean(axis=0)
        embeddings /= embeddings.std(axis=0) + 1e-6
        lengths = np.linalg.norm(embeddings, axis=1)
        likeness = embeddings @ embeddings.T / np.outer(lengths, lengths)
        np.fill_diagonal(likeness, -np.inf)
        return float((classes[likeness.argmax(axis=1)] == classes).mean())

    return score
