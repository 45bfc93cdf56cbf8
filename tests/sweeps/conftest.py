import numpy as np
import pytest

from smile.data.face import Facts
from smile.rendering.views import Views

CLASSES = ("happiness", "sadness", "surprise")


def make_views():
    """Pictures on which a bright block tells the class, in three views: 12 subjects, a clip a class."""
    rng = np.random.default_rng(0)
    rows = [(f"S{subject:02}", k) for subject in range(12) for k in range(len(CLASSES))]
    images = rng.integers(90, 130, (len(rows), 3, 2, 16, 16), dtype=np.uint8)
    for row, (_, k) in enumerate(rows):
        images[row, :, :, 5 * k : 5 * k + 5] += 100
    return Views(
        data_set="fake",
        title="Fake",
        stand_in="synthetic",
        images=images,
        clips=tuple(Facts(f"{subject}/{CLASSES[k]}", subject, (CLASSES[k],)) for subject, k in rows),
    )


@pytest.fixture(scope="session")
def views():
    return make_views()
