"""Axes, lanes and surfaces of the figures, against what was planted."""

import numpy as np
import pytest

from bench.figures.canvas import open_canvas
from sweeps.draw.ranges import Among, LogUniform, Uniform
from sweeps.figures.contour import fit_surface
from sweeps.figures.learning import choose_epochs
from sweeps.figures.scale import MOST_TICKS, Scale, list_log_ticks, list_ticks
from sweeps.figures.timeline import lay_spans
from sweeps.ledger import COMPLETE, Trial
from tests.canvases import find_touching


@pytest.mark.parametrize(
    ("ends", "ticks"),
    [
        ((0.0005, 10.0), [0.001, 0.1, 10.0]),
        ((0.1, 10.0), [0.1, 1.0, 10.0]),
        ((0.02, 0.5), [0.02, 0.05, 0.1, 0.2, 0.5]),
        ((5e-4, 5e-2), [0.001, 0.01]),
        ((0.31, 0.33), [0.31, 0.33]),
    ],
)
def test_ticks_of_a_logarithmic_range_are_round_and_few(ends, ticks):
    assert list_log_ticks(*ends) == pytest.approx(ticks)


@pytest.mark.parametrize("ends", [(0.0, 2.0), (0.001, 0.999), (-3.0, 17.0), (1e-6, 2e-6)])
def test_ticks_of_a_plain_range_lie_inside_it_and_are_few(ends):
    ticks = list_ticks(*ends)
    assert 2 <= len(ticks) <= MOST_TICKS
    assert ends[0] <= min(ticks) and max(ticks) <= ends[1]
    assert len({round(gap / (ticks[1] - ticks[0]), 6) for gap in np.diff(ticks)}) == 1


def test_a_value_lies_where_its_range_says():
    assert Scale("a", LogUniform(0.01, 100.0)).share(1.0) == pytest.approx(0.5)
    assert Scale("a", Uniform(-1.0, 3.0)).share(0.0) == pytest.approx(0.25)
    assert [Scale("a", Among((7, "x", None))).share(value) for value in (7, "x", None)] == [0.0, 0.5, 1.0]
    assert Scale("a", Among(("alone",))).ticks() == [(0.5, "alone")]


def test_epochs_that_would_touch_are_left_out():
    assert choose_epochs((2, 4, 8, 16, 30, 60, 90, 120)) == [2, 4, 8, 16, 30, 60, 120]


def ran(number, start, seconds):
    return Trial(number, {}, COMPLETE, 0.5, ((8, 0.5),), "", seconds, ended=1000.0 + start + seconds)


def test_trials_that_ran_at_once_lie_in_lanes_of_their_own_and_the_next_takes_the_free_one():
    spans, pauses = lay_spans([ran(0, 0, 60), ran(1, 6, 30), ran(2, 36, 60), ran(3, 60, 6)])
    assert {span.trial.number: span.lane for span in spans} == {0: 0, 1: 1, 2: 1, 3: 0}
    assert {span.trial.number: (span.start, span.end) for span in spans}[2] == pytest.approx((0.6, 1.6))
    assert pauses == []


def test_a_long_pause_is_cut_to_the_length_of_a_trial():
    spans, pauses = lay_spans([ran(0, 0, 60), ran(1, 6060, 30), ran(2, 6100, 60)])
    assert [(span.start, span.end) for span in spans] == [
        pytest.approx(ends) for ends in ((0, 1), (2, 2.5), (2 + 40 / 60, 3 + 40 / 60))
    ]
    assert pauses == pytest.approx([1.5])


def test_the_surface_finds_a_planted_slope_and_stays_where_trials_are():
    rng = np.random.default_rng(0)
    places = rng.random((60, 2)) * [1.0, 0.4]
    scores = 0.2 + 0.1 * places[:, 0] + 0.005 * rng.normal(size=60)
    surface = fit_surface(places, scores, np.linspace(0, 1, 21))
    assert np.isnan(surface[-1]).all()  # no trial has a second setting above 0.4
    assert surface[4, [2, 10, 18]] == pytest.approx([0.21, 0.25, 0.29], abs=0.008)


def test_ticks_that_touch_are_found():
    _, axes = open_canvas(2, 2)
    axes.set_xticks([0, 0.5, 1], ["decorrelation", "alignment", "b"])
    axes.figure.draw_without_rendering()
    assert find_touching(axes.figure) == [("decorrelation", "alignment")]
