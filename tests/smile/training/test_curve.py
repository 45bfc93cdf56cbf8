"""A curve that was broken off ends in the bytes of one that was not."""

import json
import math
import os
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smile.errors import BadFile
from smile.training.curve import Curve, _find_growing, read_curve
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


LINES = [
    '{"step": 1e999, "loss/total": 1}',
    '{"step": 5, "loss/total": 1e999}',
    '{"step": 5, "loss/total": NaN}',
    '{"step": 5, "loss/total": "0.5"}',
    '{"step": 5, "loss/total": true}',
    '{"step": 5, "loss/total": {"a": 1}}',
    '{"step": 5.5}',
    '{"step": -5}',
    '{"step": 4}',  # not after the step before
    '{"step": 95, "loss/total": 1}',  # beyond those behind it
    '{"loss/total": 1}',
    "[5]",
    "",
    "\x00" * 30,
    "[" * 50_000,
]


@pytest.mark.parametrize("line", LINES)
def test_a_damaged_line_is_named_and_the_points_behind_it_stay(tmp_path: Path, line: str) -> None:
    curve, said = Curve(tmp_path / "curve"), list[str]()
    for point in points(1, 5):
        curve.add(point)
    with curve.file.open("a") as file:
        file.write(f"{line}\n")
    curve.file.write_text(curve.file.read_text() + "".join(json.dumps(point) + "\n" for point in points(6, 9)))
    assert read_curve(curve.file, said.append) == points(1, 5) + points(6, 9)
    what = "line 5: damaged, no point of a curve; passed over, 7 points stay"
    assert said == [f"{curve.file}: {what}"]
    again = Curve(curve.file, said.append)  # a run that goes on says it once, and leaves a whole file
    again.add(points(8, 9)[0])
    assert len(said) == 2
    assert read_curve(curve.file, said.append) == points(1, 5) + points(6, 9)
    assert len(said) == 2


def test_several_damaged_lines_are_counted(tmp_path: Path) -> None:
    file, said = tmp_path / "curve", list[str]()
    lines = [json.dumps(point) for point in points(1, 9)]
    lines[2] = lines[5] = lines[6] = "#"
    file.write_text("\n".join(lines))
    assert [point["step"] for point in read_curve(file, said.append)] == [1, 2, 4, 5, 8]
    assert said == [f"{file}: line 3 and 2 more: damaged, no point of a curve; passed over, 5 points stay"]


def test_a_torn_last_line_is_what_a_kill_leaves_and_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "curve").write_text('{"step": 1}\n{"step": 2, "lo')
    assert read_curve(tmp_path / "curve", pytest.fail) == [{"step": 1}]
    assert read_curve(tmp_path / "none", pytest.fail) == []


def test_a_pipe_is_no_curve(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "curve")
    with pytest.raises(BadFile, match="cannot be read: a pipe, no file; delete it"):
        read_curve(tmp_path / "curve")


@given(st.lists(st.integers(0, 12), max_size=9))
def test_as_many_points_stay_as_can(steps: list[int]) -> None:
    places = _find_growing(steps)
    kept = [steps[place] for place in places]
    assert kept == sorted(set(kept)) and places == sorted(places)
    longest = max(n for n in range(len(steps) + 1) if any(_grows(some) for some in combinations(steps, n)))
    assert len(kept) == longest


def _grows(steps: tuple[int, ...]) -> bool:
    return all(one < two for one, two in pairwise(steps))


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
