"""A curve that was broken off ends in the bytes of one that was not."""

from pathlib import Path

import pytest

from smile.training.curve import Curve, read_curve


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
