"""How much a method learns of a task that is made for encoders."""

from functools import cache

import numpy as np
import pytest

from bench.methods.method import fit_blind
from smile.config import Config, override
from smile.rendering.views import blank
from tests.bench.methods.tasks import CLASSES, STRENGTH, show_patterns

PEOPLE_TAUGHT, PEOPLE_TESTED = 12, 30


@pytest.fixture(scope="session")
def learn(make_views):
    """Returns (method, epochs, task) -> how often the nearest other face in its embedding shows the same class.

    With `mix`, random numbers, labels are shuffled among the clips that teach, and among those that are tested.
    """
    truth = np.tile(np.arange(CLASSES), PEOPLE_TESTED)

    @cache
    def make(task):
        return task(make_views, PEOPLE_TAUGHT, 0), task(make_views, PEOPLE_TESTED, 1)

    def score(method, epochs, task=show_patterns, strength=STRENGTH, mix=None):
        (taught, tested), classes = make(task), truth
        if mix is not None:
            taught = taught.relabel([taught.labels[row] for row in mix.permutation(len(taught))])
            classes = mix.permutation(truth)
        settings = {"epochs": epochs, "batch_size": 24, "augmentation": strength, "learning_rate": 3e-3}
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
