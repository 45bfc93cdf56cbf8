"""Landmarks of BP4D+ are read in the order of their lines, and a faulty line is named."""

import numpy as np
import pytest

from smile.data.formats.bnd import COUNT
from smile.data.formats.bndplus import read_bndplus, write_bndplus
from smile.errors import BadFile
from tests.smile.data.formats import mutants

POINTS = np.random.default_rng(0).normal(0, 60, (COUNT, 3)).astype(np.float32)


def lines(form="{x:.5f},{y:.5f},{z:.5f}"):
    return [form.format(n=n, x=x, y=y, z=z) for n, (x, y, z) in enumerate(POINTS.tolist(), start=1)]


@pytest.mark.parametrize(
    "form", ["{x:.5f},{y:.5f},{z:.5f}", "{n}, {x:.5f}, {y:.5f}, {z:.5f}", "{x:.5f},{y:e},{z:.5f},"]
)
@pytest.mark.parametrize("tail", ["", "\n", "\r\n\r\n"])
def test_an_index_blanks_and_a_last_comma_do_not_matter(tmp_path, form, tail):
    (tmp_path / "a.bndplus").write_bytes(("\n".join(lines(form)) + tail).encode())
    np.testing.assert_allclose(read_bndplus(tmp_path / "a.bndplus"), POINTS, atol=1e-4)


def test_what_is_written_is_read_again(tmp_path):
    write_bndplus(tmp_path / "a.bndplus", POINTS)
    np.testing.assert_allclose(read_bndplus(tmp_path / "a.bndplus"), POINTS, atol=6e-5)


@pytest.mark.parametrize("line", ["1,2", "1,2,3,4,5", "1 2 3", "1,2,nan", "1,2,2e6", "1,2,x", "1_0,2,3", "1;2;3"])
def test_a_faulty_line_is_named(tmp_path, line):
    (tmp_path / "a.bndplus").write_text("\n".join([*lines()[:6], line, *lines()[7:]]))
    with pytest.raises(BadFile, match="x,y,z") as caught:
        read_bndplus(tmp_path / "a.bndplus")
    assert caught.value.place == "line 7"


@pytest.mark.parametrize("count", [0, 82, 84])
def test_a_wrong_count_is_refused(tmp_path, count):
    (tmp_path / "a.bndplus").write_text("\n".join((lines() * 2)[:count]))
    with pytest.raises(BadFile, match=f"{count} landmarks"):
        read_bndplus(tmp_path / "a.bndplus")


def test_no_mutant_crashes_or_passes_for_landmarks(tmp_path):
    path = tmp_path / "a.bndplus"
    for _, damaged in mutants.mutants("\n".join(lines()).encode(), mutants.TEXT):
        path.write_bytes(damaged)
        try:
            landmarks = read_bndplus(path)
        except BadFile as error:
            assert error.file == path and error.reason
            continue
        assert landmarks.shape == (COUNT, 3) and np.abs(landmarks).max() <= 1e6
