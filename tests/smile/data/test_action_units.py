"""Tables of action units are read with what could not be coded masked, and a fault is named by its place."""

import numpy as np
import pytest

from smile.data.action_units import Coding, parse_unit, read_coding, write_coding
from smile.errors import BadFile

TABLE = "0,1,2,AU12,L14\n10,0,1,9,0\n11,1,1,9,0\n12,0,9,9,1\n"


def write(folder, text):
    (folder / "F001_T1.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "F001_T1.csv"


def test_a_table_is_read_and_its_nines_are_masked(tmp_path):
    coding = read_coding(write(tmp_path, TABLE))
    assert coding.units == ("1", "2", "12", "L14")
    assert coding.frames.tolist() == [10, 11, 12]
    assert np.isnan(coding.strengths).tolist() == [[False, False, True, False]] * 2 + [[False, True, True, False]]
    assert coding.strengths[:, 0].tolist() == [0, 1, 0]


def test_a_clip_has_the_share_of_codable_frames_and_no_word_on_what_was_never_codable(tmp_path):
    shares = read_coding(write(tmp_path, TABLE)).summarise()
    assert shares == pytest.approx({"1": 1 / 3, "2": 1.0, "L14": 1 / 3})


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace("\n", "\r\n"),
        "﻿" + TABLE,
        TABLE + "\n\n",
        TABLE.replace(",", " , "),
        "\n".join([TABLE.splitlines()[0], *reversed(TABLE.splitlines()[1:])]),
        TABLE.replace("0,1,2,AU12", "frame,AU01,2,12"),
    ],
)
def test_line_ends_blanks_order_and_the_corner_do_not_matter(tmp_path, text):
    wanted, found = read_coding(write(tmp_path, TABLE)), read_coding(write(tmp_path, text))
    assert found.units == wanted.units
    np.testing.assert_array_equal(found.frames, wanted.frames)
    np.testing.assert_array_equal(found.strengths, wanted.strengths)


def test_intensities_count_as_active(tmp_path):
    assert read_coding(write(tmp_path, "f,6\n0,0\n1,5\n2,1\n3,9\n")).summarise() == pytest.approx({"6": 2 / 3})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (TABLE.replace("AU12", "smile"), "line 1, column 4"),
        (TABLE.replace("AU12", "2"), "line 1, column 4"),
        (TABLE.replace("AU12", ""), "line 1, column 4"),
        (TABLE.replace("11,1,1,9,0", "11,1,1,9"), "line 3"),
        (TABLE.replace("11,1,1,9,0", "11,1,1,9,0,0"), "line 3"),
        (TABLE.replace("11,1,1,9,0", "11,1,7,9,0"), "line 3, column 3"),
        (TABLE.replace("11,1,1,9,0", "11,1,-1,9,0"), "line 3, column 3"),
        (TABLE.replace("11,1,1,9,0", "11,1,,9,0"), "line 3, column 3"),
        (TABLE.replace("11,1,1,9,0", "11,1,nan,9,0"), "line 3, column 3"),
        (TABLE.replace("11,1,1,9,0", "11,1,0.5,9,0"), "line 3, column 3"),
        (TABLE.replace("11,1,1,9,0", "x,1,1,9,0"), "line 3, column 1"),
        (TABLE.replace("11,1,1,9,0", "10,1,1,9,0"), "line 3"),
        (TABLE.splitlines()[0], ""),
        ("0\n1\n", ""),
        ("", ""),
        (b"\xff\xfe\x00\x01", ""),
    ],
)
def test_a_fault_is_named_by_line_and_column(tmp_path, text, place):
    path = write(tmp_path, text)
    with pytest.raises(BadFile) as caught:
        read_coding(path)
    assert (caught.value.file, caught.value.place) == (path, place)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        read_coding(tmp_path / "gone.csv")


def test_what_is_written_is_read_again(tmp_path):
    strengths = np.array([[0, 0.3, np.nan], [0, 0.01, 0]], np.float32)
    write_coding(tmp_path / "a.csv", Coding(np.array([3, 4], np.int32), ("1", "4", "R12"), strengths))
    assert (tmp_path / "a.csv").read_text() == "0,1,4,R12\n3,0,1,9\n4,0,1,0\n"
    again = read_coding(tmp_path / "a.csv")
    assert again.summarise() == {"1": 0.0, "4": 1.0, "R12": 0.0}


@pytest.mark.parametrize(
    ("text", "unit"),
    [("12", "12"), ("AU12", "12"), ("au01", "1"), ("AUR2", "R2"), ("L7", "L7"), (" r12 ", "R12")]
    + [(text, None) for text in ("", "AU", "0", "123", "12(k)", "L", "1.5", "-1", "٣")],
)
def test_units_are_told_from_other_words(text, unit):
    assert parse_unit(text) == unit
