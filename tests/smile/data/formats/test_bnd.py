"""Landmark files are read in the order of their lines, and a faulty line is named."""

import numpy as np
import pytest

from smile.data.formats.bnd import COUNT, read_bnd, read_indices, write_bnd
from smile.errors import BadFile
from tests.smile.data.formats import mutants

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


def test_the_first_column_is_read_as_vertex_numbers(tmp_path):
    indices = np.random.default_rng(1).integers(0, 8000, COUNT).astype(np.int32)
    write_bnd(tmp_path / "a.bnd", POINTS, indices)
    assert read_indices(tmp_path / "a.bnd").tolist() == indices.tolist()
    np.testing.assert_allclose(read_bnd(tmp_path / "a.bnd"), POINTS, atol=6e-5)
    write_bnd(tmp_path / "b.bnd", POINTS)
    assert read_indices(tmp_path / "b.bnd").tolist() == list(range(1, 84))


def faults(landmarks):
    return "" if (np.abs(landmarks) <= 1e6).all() else "a coordinate out of range"


def test_no_mutant_crashes_hangs_or_passes_for_good_landmarks(tmp_path):
    content = "\n".join(lines()).encode()
    seen = mutants.survey(tmp_path / "000.bnd", content, mutants.TEXT, read_bnd, faults)
    assert seen["refused"] > seen["read"] > 0
