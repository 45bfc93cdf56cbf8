"""A curve that was broken off ends in the bytes of one that was not."""

import math
from pathlib import Path

import pytest

from smile.training.curve import Curve, read_curve
from tests.smile.data.formats.mutants import TEXT, mutants


def points(first: int, last: int) -> list[dict[str, float]]:
    return [{"step": step, "loss/total": 1 / step} for step in range(first, last)]


@pytest.mark.parametrize("torn", ["", '{"step": 7, "lo', "\x00\x00"])
def test_points_beyond_the_checkpoint_are_written_anew(tmp_path: Path, torn: str) -> None:
    whole, broken = Curve(tmp_path / "whole"), Curve(tmp_path / "broken")
    for point in points(1, 10):
        whole.add(point)
    for point in points(1, 7):
        broken.add(point)
    with (tmp_path / "broken").open("a") as file:
        file.write(torn)
    again = Curve(tmp_path / "broken")
    for point in points(5, 10):
        again.add(point)
    assert (tmp_path / "broken").read_bytes() == (tmp_path / "whole").read_bytes()
    assert read_curve(tmp_path / "whole") == points(1, 10)


def test_a_number_that_json_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Curve(tmp_path / "curve").add({"step": 1, "loss/total": float("nan")})


@pytest.mark.parametrize(
    "line",
    [
        '{"step": 1e999, "loss/total": 1}',
        '{"step": 5, "loss/total": 1e999}',
        '{"step": 5, "loss/total": NaN}',
        '{"step": 5, "loss/total": "0.5"}',
        '{"step": 5, "loss/total": true}',
        '{"step": 5, "loss/total": {"a": 1}}',
        '{"step": 5.5}',
        '{"step": -5}',
        '{"step": 4}',  # not after the step before
        '{"loss/total": 1}',
        "[5]",
        "[" * 50_000,
    ],
)
def test_a_line_that_is_no_point_ends_the_curve(tmp_path: Path, line: str) -> None:
    curve = Curve(tmp_path / "curve")
    for point in points(1, 5):
        curve.add(point)
    with curve.file.open("a") as file:
        file.write(f'{line}\n{{"step": 6, "loss/total": 0.5}}\n')
    assert read_curve(curve.file) == points(1, 5)


def test_a_damaged_curve_has_finite_numbers_at_growing_steps(tmp_path: Path) -> None:
    file = tmp_path / "curve"
    for point in points(1, 30):
        Curve(file).add(point)
    for _, damaged in mutants(file.read_bytes(), TEXT, count=100):
        file.write_bytes(damaged)
        found = read_curve(file)
        steps = [point["step"] for point in found]
        assert steps == sorted(set(steps)) and all(type(step) is int for step in steps)
        assert all(math.isfinite(value) for point in found for value in point.values())
