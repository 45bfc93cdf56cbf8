"""Lines go through points that lie on a line, and the constants come from the committed tables."""

import json

import pytest

from cluster.forecast.fit import draw_line, fit_lines
from cluster.forecast.points import FILE
from smile.errors import BadFile
from tests.places import ROOT


def test_a_line_finds_its_own_start_and_rate_and_says_how_far_a_point_is_off():
    exact = draw_line([1e9, 4e9, 5e10], [0.01 + amount / 2e11 for amount in (1e9, 4e9, 5e10)])
    assert (exact.start, exact.rate, exact.worst) == pytest.approx((0.01, 2e11, 0), rel=1e-6, abs=1e-9)
    assert exact(1e10) == pytest.approx(0.06)
    bent = draw_line([1, 2, 4], [1, 2, 5])
    assert 0.05 < bent.worst < 0.3


def test_a_line_has_no_negative_start():
    line = draw_line([1, 2], [0.5, 2.0])
    assert line.start == 0 and line.rate > 0


def test_what_was_measured_here_lies_near_its_lines():
    found = fit_lines(ROOT)
    assert found.step.worst < 0.15, "the model of a step no longer fits the rows of results/speed.json"
    assert 0.3 < found.share < 1
    assert 0.01 < found.scan < 0.1


def test_without_points_the_remedy_is_said(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/speed.json").write_text((ROOT / "results/speed.json").read_text())
    with pytest.raises(BadFile, match="python -m cluster measure"):
        fit_lines(tmp_path)


def test_the_committed_points_name_their_machine():
    made = json.loads((ROOT / FILE).read_text())["made"]
    assert set(made) == {"commit", "device", "load"}
