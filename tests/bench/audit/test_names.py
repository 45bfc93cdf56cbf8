"""Spellings of one name have one key, and names of different people keep theirs."""

import pytest

from bench.audit.names import reduce_name, split_frame


@pytest.mark.parametrize(
    "spellings",
    [
        ("F001", "f001", "F1", "F_001", "f-01", " F 001 ", "Ｆ００１", "F\u200b001"),
        ("Anna Maria", "anna-maria", "AnnaMaria", "ANNA  MARIA"),
        ("José", "jose\u0301"),
        ("0007", "7", "007"),
        ("bu4dfe:F001", "BU4DFE F01"),
    ],
)
def test_spellings_of_one_name_have_one_key(spellings):
    assert len({reduce_name(name) for name in spellings}) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("1-11", "11-1", "111"),
        ("F001", "M001", "F010", "F100", "F1001"),
        ("bu4dfe:F001", "bp4d:F001"),
        ("Jose", "José"),
        ("कि", "का", "कु"),  # marks are all that tells these apart
        ("-", "--", "?"),
    ],
)
def test_names_of_different_people_stay_apart(names):
    assert len({reduce_name(name) for name in names}) == len(names)


def test_a_frame_belongs_to_a_recording():
    assert split_frame("F001/Happy/003.wrl") == split_frame("f001/happy/3") == ("f001/happy", 3)
    assert split_frame("F001_Happy_12") == ("f001_happy", 12)
    for name in ("0003", "12/0003.obj", "F001/Happy", ""):
        assert split_frame(name) is None


def test_thousands_of_digits_are_a_name_and_no_number():
    assert reduce_name("9" * 5000) != reduce_name("9" * 5001) and split_frame("clip_" + "9" * 5000) is None
