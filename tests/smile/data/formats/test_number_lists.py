"""Numbers from text are those that Python reads, to the bit, and strange words are named with their place."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smile.data.formats.number_lists import load, place_of, read_floats, read_integers
from smile.errors import BadFile

FILE = Path("face.wrl")
DECIMALS = """
    0.1 1e-7 -.5 +3. 1E+05 0 -0 -0.0 +0e0 000123.4500 5. .5e1 1e22 1e23 1e-22 1e-23 123456789012345678
    0.30000000000000004 1.7976931348623157e308 2.2250738585072014e-308 5e-324 4.9406564584124654e-324 1e-400
    9007199254740992 9007199254740993 9007199254740993e-3 3.4028235e38 3.4028236e38 1.17549435e-38 1e-45 7e-46
    16777217 16777219 0.000000000000000000000000000001 1000000000000000000000000000000 99999999999999999999.5e-3
    8388608.5 1e0000000000000000000001 1e-99999999999999999999 2.4703282292062327e-324 179769313486231580793e289
"""
NASTY = DECIMALS.split()


def parse(text: bytes):
    return read_floats(FILE, text + b"]\0", 0, "point")[0]


def bits(values):
    return np.asarray(values, np.float32).view(np.uint32).tolist()


def python_reads(words):
    with np.errstate(over="ignore", under="ignore"):
        return np.array([float(word) for word in words]).astype(np.float32)


def test_nasty_decimals_equal_python_to_the_bit():
    assert bits(parse(" ".join(NASTY).encode())) == bits(python_reads(NASTY))


@given(st.lists(st.from_regex(r"[+-]?([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})([eE][+-]?[0-9]{1,3})?", fullmatch=True)))
@settings(max_examples=100, deadline=None)
def test_any_decimal_equals_python_to_the_bit(words):
    assert bits(parse(", ".join(words).encode())) == bits(python_reads(words))


def test_printed_doubles_and_singles_come_back_to_the_bit():
    rng = np.random.default_rng(0)
    doubles = rng.integers(0, 2**63, 4000).view(np.float64)
    words = [repr(float(v)) for v in doubles[np.isfinite(doubles)]]
    words += [f"{v:.{digits}f}" for v in rng.uniform(-200, 200, 4000) for digits in (2, 5, 8)]
    assert bits(parse("\n".join(words).encode())) == bits(python_reads(words))


def test_gaps_may_be_commas_tabs_line_ends_and_comments():
    text = b"# first ] 9\r\n1,2 ,\t3\r4#tight 5\n\f,, 6 # last\r\n]rest\0"
    values, end = read_integers(FILE, text, 0, "coordIndex")
    assert values.tolist() == [1, 2, 3, 4, 6]
    assert text[end:] == b"rest\0"
    assert read_floats(FILE, text, 0, "point")[0].tolist() == [1, 2, 3, 4, 6]


def test_whole_numbers_beyond_int32_never_wrap():
    values, _ = read_integers(FILE, b"2147483647 2147483648 4294967296 -4294967297 999999999999999999 -1 +7]\0", 0, "i")
    limit = 2**31 - 1
    assert values.tolist() == [limit, limit, limit, -limit, limit, -1, 7]


@pytest.mark.parametrize(
    "word", ["nan", "inf", "-", "+", ".", "1e", "1e+", "1.2.3", "1-2", "0x10", "1_0", "--1", "1f", '"1"', "{", "}"]
)
def test_a_word_that_is_no_decimal_is_named_with_its_byte(word):
    with pytest.raises(BadFile, match="not a number of point") as caught:
        parse(f"1.5, 2.5 {word} 3".encode())
    assert caught.value.place == "byte 9"
    assert repr(word) in caught.value.reason


@pytest.mark.parametrize("word", ["1.0", "1.", "1e3", "-", "x", "1" * 19, "\x00"])
def test_a_word_that_is_no_whole_number_is_named_with_its_byte(word):
    with pytest.raises(BadFile, match="not a number of coordIndex") as caught:
        read_integers(FILE, f"12, {word} 3]\0".encode(), 0, "coordIndex")
    assert caught.value.place == "byte 4"


@pytest.mark.parametrize("text", [b"", b"1 2 3", b"1 2 # ]", b"1 2,", b"1e", b"-"])
def test_a_list_without_its_bracket_is_a_cut_file(text):
    for read in (read_floats, read_integers):
        with pytest.raises(BadFile) as caught:
            read(FILE, text + b"\0", 0, "coord")
        assert caught.value.place == f"byte {len(text)}" or "not a number" in caught.value.reason


def test_the_place_of_a_value_skips_comments():
    assert place_of(b"[1 # 2 3\n 4]\0", 1, 1) == "byte 10"


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        load(tmp_path / "absent.wrl")
