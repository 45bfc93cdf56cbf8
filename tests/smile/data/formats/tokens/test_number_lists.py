"""Numbers from text are those that Python reads, to the bit, and strange words are named with their place."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smile.data.formats.tokens.number_lists import place_of, read_floats, read_polygons, read_to_end
from smile.data.formats.tokens.text import Text, load_text
from smile.data.formats.tokens.windows import WINDOW
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


def text_of(content: bytes):
    return Text(FILE, np.frombuffer(content + bytes(WINDOW), np.uint8))


def parse(content: bytes):
    return read_floats(text_of(content + b"]"), 0, "point")[0]


def read_integers(content: bytes):
    """The numbers of a list, seen through the triangles (0, 1, number) that are made of them."""
    words = b"".join(b" 0 1 %s -1" % word for word in content.split())
    return read_polygons(text_of(words + b"]"), 0, "coordIndex")[0].triangles[:, 2]


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
    text = text_of(b"# first ] 9\r\n1,2 ,\t3\r4#tight 5\n\f,, -1 # last\r\n]rest")
    polygons, end = read_polygons(text, 0, "coordIndex")
    assert (polygons.triangles.tolist(), polygons.sizes.tolist(), polygons.largest) == ([[1, 2, 3], [1, 3, 4]], [4], 4)
    assert text[end : len(text)] == b"rest"
    assert read_floats(text, 0, "point")[0].tolist() == [1, 2, 3, 4, -1]


def test_whole_numbers_beyond_int32_never_wrap():
    limit = 2**31 - 1
    words = b"2147483647 2147483648 4294967296 -4294967297 999999999999999999 +7"
    assert read_integers(words).tolist() == [limit, limit, limit, -limit, limit, 7]


@given(
    st.lists(st.sampled_from([b"%d", b"+%d", b"%010d"]), min_size=1, max_size=3),
    st.lists(st.lists(st.integers(0, 10**9), min_size=3, max_size=6), min_size=1, max_size=60),
    st.sampled_from([b" ", b",", b", ", b"\n", b"\t,\r\n", b" # -1 ]\n"]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_any_polygons_are_fanned(manners, polygons, gap, last):
    words = [manners[n % len(manners)] % c for polygon in polygons for n, c in enumerate(polygon)]
    ends = np.cumsum([len(polygon) for polygon in polygons]).tolist()
    for number in reversed(ends[:None] if last else ends[:-1]):
        words.insert(number, b"-1")
    found, _ = read_polygons(text_of(gap.join(words) + gap + b"]"), 0, "coordIndex")
    assert found.triangles.tolist() == [[p[0], *p[k : k + 2]] for p in polygons for k in range(1, len(p) - 1)]
    assert found.sizes.tolist() == [len(polygon) for polygon in polygons]
    assert found.largest == max(map(max, polygons))


@pytest.mark.parametrize("before", range(70))
def test_a_strange_word_is_named_wherever_it_stands_in_a_window(before):
    for strange in (b"x", b"1.2.3", b"--1", b"1-2", b"\x00", b"\xff"):
        content = b" " * before + b"1 2 3 -1 4 5 " + strange + b" 6 7 8" * 20 + b"]"
        for read in (read_floats, read_polygons):
            with pytest.raises(BadFile) as caught:
                read(text_of(content), 0, "point")
            assert caught.value.place == f"byte {before + 13}"


@pytest.mark.parametrize(
    "word", ["na", "in", "-", "+", ".", "1e", "1e+", "1.2.3", "1-2", "0x10", "1_0", "--1", "1f", '"1"', "{", "}"]
)
@pytest.mark.parametrize("around", [1, 40])
def test_a_word_that_is_no_decimal_is_named_with_its_byte(word, around):
    with pytest.raises(BadFile, match="not a number of point") as caught:
        parse(f"{'1.5, ' * around}{word}{' 3' * around}".encode())
    assert caught.value.place == f"byte {5 * around}"
    assert repr(word) in caught.value.reason


@pytest.mark.parametrize("word", ["nan", "-NaN", "inf", "-inf", "nan(ind)", "1.#QNAN", "-1.#IND", "1.#INF00"])
@pytest.mark.parametrize("around", [1, 40])
def test_a_word_for_a_missing_value_is_no_number(word, around):
    found = parse(f"{'1.5, ' * around}{word},{' 3' * around}".encode())
    assert np.isnan(found).tolist() == [False] * around + [True] + [False] * around
    everything = read_to_end(text_of(f"1 {word}\n2 -3.5e1".encode()), 0)
    np.testing.assert_array_equal(everything, np.array([1, np.nan, 2, -35], np.float32))


def test_what_is_no_number_ends_no_text():
    with pytest.raises(BadFile, match=r"byte 4: 'x' is not a number"):
        read_to_end(text_of(b"1 2 x 3"), 0)


@pytest.mark.parametrize("word", ["1.0", "1.", "1e3", "-", "x", "1" * 19, "\x00"])
@pytest.mark.parametrize("around", [1, 40])
def test_a_word_that_is_no_whole_number_is_named_with_its_byte(word, around):
    content = f"{'12, 3, 4, -1 ' * around}{word}{' 3' * around}]"
    with pytest.raises(BadFile, match="not a number of coordIndex") as caught:
        read_polygons(text_of(content.encode()), 0, "coordIndex")
    assert caught.value.place == f"byte {13 * around}"


@pytest.mark.parametrize("content", [b"", b"1 2 3", b"1 2 # ]", b"1 2,", b"1e", b"-", b" 1 2 3 -1" * 40])
def test_a_list_without_its_bracket_is_a_cut_file(content):
    for read in (read_floats, read_polygons):
        with pytest.raises(BadFile) as caught:
            read(text_of(content), 0, "coord")
        assert caught.value.place == f"byte {len(content)}" or "not a number" in caught.value.reason


def test_arrays_grow_with_what_they_hold():
    count = 50_000
    assert parse(b"1 " * count).tolist() == [1.0] * count
    dense = b"0 0 0 -1 " * count
    assert len(read_polygons(text_of(dense + b"]"), 0, "coordIndex")[0].triangles) == count
    exponents = b"1e-30 " * count  # each is left to Python
    assert bits(parse(exponents)) == bits(python_reads(["1e-30"])) * count


def test_the_place_of_a_value_skips_comments():
    assert place_of(text_of(b"[1 # 2 3\n 4]"), 1, 1) == "byte 10"


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        load_text(tmp_path / "absent.wrl")


def test_a_text_ends_in_nuls(tmp_path):
    path = tmp_path / "face.wrl"
    path.write_bytes(b"12")
    text = load_text(path)
    assert (len(text), text[0:9], bytes(text.view)) == (2, b"12" + bytes(7), b"12")
