"""Landmark files are read in the order of their lines, and a faulty line is named."""

import numpy as np
import pytest

from smile.data.formats.bnd import COUNT, read_bnd, write_bnd
from smile.errors import BadFile

POINTS = np.random.default_rng(0).normal(0, 60, (COUNT, 3)).astype(np.float32)


def lines(gap="\t\t"):
    return [f"{n}{gap}{x:.5f} {y:.5f}   {z:.5f}" for n, (x, y, z) in enumerate(POINTS.tolist(), start=1)]


@pytest.mark.parametrize("gap", ["\t\t", " ", "   \t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n", "\n  \n"])
def test_blanks_tabs_and_an_84th_line_do_not_matter(tmp_path, gap, end, tail):
    path = tmp_path / "000.bnd"
    path.write_bytes((end.join(lines(gap)) + tail.replace("\n", end)).encode())
    landmarks = read_bnd(path)
    assert landmarks.dtype == np.float32
    np.testing.assert_allclose(landmarks, POINTS, atol=1e-5)


def test_what_is_written_is_read_again(tmp_path):
    write_bnd(tmp_path / "000.bnd", POINTS)
    np.testing.assert_allclose(read_bnd(tmp_path / "000.bnd"), POINTS, atol=6e-5)


@pytest.mark.parametrize(
    "line",
    [
        "7 1 2",
        "7 1 2 3 4",
        "7 1 2 nan",
        "7 1 2 inf",
        "7 1 2 1e999",
        "7 1 2 2e6",
        "7 1 2 x",
        "x 1 2 3",
        "7.5 1 2 3",
        "1_0 1 2 3",
        "7 1_0 2 3",
        "7,1,2,3",
        "\xff",
    ],
)
def test_a_faulty_line_is_named(tmp_path, line):
    path = tmp_path / "000.bnd"
    path.write_text("\n".join([*lines()[:6], line, *lines()[7:]]), encoding="latin-1")
    with pytest.raises(BadFile, match="index x y z") as caught:
        read_bnd(path)
    assert caught.value.place == "line 7"


@pytest.mark.parametrize("count", [0, 1, 82, 84])
def test_a_wrong_count_is_refused(tmp_path, count):
    path = tmp_path / "000.bnd"
    path.write_text("\n".join([*lines(), "84 1 2 3"][:count]))
    with pytest.raises(BadFile, match=f"{count} landmarks instead of 83"):
        read_bnd(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        read_bnd(tmp_path)
