"""The area under a curve of labelled subjects is a mean over the logarithm of their number."""

import numpy as np
import pytest

from bench.answer import Answer, Findings, SubjectTally
from bench.statistics.curves import count_points, main_points, measure_area, measure_points, weigh_points


def counts(right, asked=10):
    return np.array([[value, asked] for value in right], dtype=float)


def test_the_area_equals_the_trapezoids_over_the_logarithm():
    labelled, right = (1, 2, 5, 20), (3, 4, 8, 9)
    places = np.log(labelled)
    expected = np.trapezoid(np.array(right) / 10, places) / (places[-1] - places[0])
    assert measure_area(labelled)(counts(right)) == pytest.approx(expected)
    assert weigh_points(labelled).sum() == pytest.approx(1)


def test_a_flat_curve_has_its_height_and_one_point_its_own():
    assert measure_area((1, 2, 5, 10, 17))(counts([7] * 5)) == pytest.approx(0.7)
    assert measure_area((3,))(counts([4])) == pytest.approx(0.4)


def test_resampled_counts_are_measured_side_by_side():
    both = np.stack([counts((3, 4)), counts((5, 9))])
    np.testing.assert_allclose(measure_area((1, 9))(both), [0.35, 0.7])


def test_points_that_are_no_curve_have_no_area_and_answers_are_a_curve_of_one_point():
    wordings = (
        SubjectTally("accuracy@worst", 0, {"a": 1}, {"a": 4}),
        SubjectTally("accuracy@best", 0, {"a": 3}, {"a": 4}),
    )
    measured = {name: float(f(count_points(wordings, ["a"]).sum(0))) for name, f in measure_points(wordings).items()}
    assert measured == {"accuracy@worst": 0.25, "accuracy@best": 0.75}
    answers = (Answer("c", "a", 0, ("fear",), ("fear",), 3), Answer("c", "a", 0, ("fear",), ("anger",)))
    assert main_points(Findings(answers, wordings)) == (SubjectTally("accuracy", 1, {"a": 3.0}, {"a": 4.0}),)
