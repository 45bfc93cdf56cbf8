"""A movement is named by how far it lies from the average, in the order of the measures."""

import numpy as np
import pytest

from smile.captions.phrases import AVERAGE, PHRASES, say
from smile.data.landmarks import MEASURES


def score(**values: float) -> np.ndarray:
    """Scores in which only these measures, with underscores for spaces, are not average."""
    return np.array([values.get(name.replace(" ", "_"), 0.0) for name in MEASURES])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.49, AVERAGE),
        (0.5, "mouth open"),
        (-0.5, "mouth closed"),
        (1.49, "mouth open"),
        (1.5, "strongly mouth open"),
        (-9.0, "strongly mouth closed"),
    ],
)
def test_a_movement_is_named_from_half_a_deviation_on_and_strong_from_one_and_a_half(value: float, words: str) -> None:
    assert say(score(mouth_opening=value)) == words


def test_movements_are_named_in_the_order_of_the_measures() -> None:
    said = say(score(chin_height=-2.0, eye_opening=1.0))
    assert (
        said
        == f"{PHRASES['eye opening'][1]}, strongly {PHRASES['chin height'][0]}"
        == "eyes wide, strongly jaw dropped"
    )


def test_what_was_not_measured_is_not_mentioned() -> None:
    scores = score(mouth_width=1.0)
    scores[MEASURES.index("eye opening")] = np.nan
    assert say(scores) == "mouth stretched"
    scores[:] = np.nan
    assert say(scores) == ""
