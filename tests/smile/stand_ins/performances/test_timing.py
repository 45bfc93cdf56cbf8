"""Drawn onsets and offsets have the percentiles and the rank correlation that were counted on people."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from smile.stand_ins.performances.timing import MACRO_TIMING, MICRO_TIMING, Timing

TIMINGS = (MACRO_TIMING, MICRO_TIMING)


def draw(timing: Timing, clips: int, people: int) -> np.ndarray:
    """[people, clips, 2] seconds of onset and offset."""
    rng = np.random.default_rng(3)
    return np.array([[timing.draw(np.random.default_rng(p), rng) for _ in range(clips)] for p in range(people)])


@pytest.mark.parametrize("timing", TIMINGS)
def test_percentiles_and_rank_correlation_are_the_stated_ones(timing: Timing) -> None:
    pairs = draw(timing, 1, 4000)[:, 0]
    for column, stated in enumerate((timing.onset, timing.offset)):
        for step in range(2, 19):  # 10 to 90 %: between the percentiles beside the wanted one
            found = np.percentile(pairs[:, column], 5 * step)
            assert max(stated[step - 1], 1 / 30) <= found <= stated[step + 1]
    assert spearmanr(pairs[:, 0], pairs[:, 1]).statistic == pytest.approx(timing.correlation, abs=0.04)


def test_the_slowest_and_the_fastest_five_in_a_hundred_are_cut() -> None:
    pairs = draw(MACRO_TIMING, 1, 2000)[:, 0]
    assert pairs.min(axis=0) == pytest.approx([0.333, 0.4])
    assert pairs.max(axis=0) == pytest.approx([5.192, 11.15])
    assert draw(MICRO_TIMING, 1, 500).min() == pytest.approx(1 / 30)  # an onset of 0 would be no movement


def test_clips_of_a_person_are_alike_and_those_of_others_are_not() -> None:
    ranks = np.argsort(np.argsort(draw(MACRO_TIMING, 2, 800)[:, :, 0].ravel())).reshape(800, 2)
    assert 0.2 < np.corrcoef(ranks[:, 0], ranks[:, 1])[0, 1] < 0.4
    assert abs(np.corrcoef(ranks[:-1, 0], ranks[1:, 1])[0, 1]) < 0.1
