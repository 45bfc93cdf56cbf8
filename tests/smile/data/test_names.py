"""Names are compared as people mean them, and files are found by such names where only one can be meant."""

import unicodedata

import pytest

from smile.data.names import describe_alike, find_alike, find_path, fold, is_hidden

JOSE = "José"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fear", "FEAR"),
        (" fear\t", "fear"),
        ("mild  fear", "mild fear"),
        ("mild\u00a0fear", "Mild fear"),
        (unicodedata.normalize("NFC", JOSE), unicodedata.normalize("NFD", JOSE)),
        ("straße", "STRASSE"),
        ("fe\u200bar", "fear"),
        ("\ufefffear", "fear"),
        ("ＦＥＡＲ", "fear"),
        ("İpek", "ipek"),
        ("IŞIK", "ışık"),
    ],
)
def test_names_that_mean_the_same_are_compared_as_equal(one, other):
    assert fold(one) == fold(other)
    assert find_alike([one, other, one, "another"]) == [tuple(sorted((one, other)))]


@pytest.mark.parametrize(
    ("one", "other"), [("fear", "fears"), ("a b", "ab"), ("e", "é"), ("s1", "s 1"), ("s-1", "s_1")]
)
def test_names_that_mean_something_else_are_not(one, other):
    assert fold(one) != fold(other) and find_alike([one, other]) == []


def test_a_line_shows_how_they_differ_even_where_they_look_alike():
    (line,) = describe_alike("subject", [unicodedata.normalize(form, JOSE) for form in ("NFC", "NFD")])
    assert line == r"'Jose\u0301' and 'Jos\xe9' are 2 subjects, and differ in case, blanks or Unicode form alone"


def test_a_file_is_found_by_the_only_name_that_can_be_meant(tmp_path):
    folder = tmp_path / unicodedata.normalize("NFD", "Zoë")
    folder.mkdir()
    (folder / "A  1.OBJ").write_text("x")
    wanted = tmp_path / unicodedata.normalize("NFC", "zoë") / "a 1.obj"
    assert find_path(wanted) == folder / "A  1.OBJ"
    assert find_path(folder / "A  1.OBJ") == folder / "A  1.OBJ"
    (folder / "a 1.Obj").write_text("y")
    assert find_path(wanted) == wanted  # two could be meant
    for absent in (tmp_path / "no" / "a.obj", tmp_path.joinpath(*["deep"] * 3000), tmp_path / ("a" * 5000)):
        assert find_path(absent) == absent


def test_what_no_one_made_is_hidden():
    assert [is_hidden(name) for name in ("._000.obj", ".git", "__MACOSX", "000.obj", "a._b")] == [True] * 3 + [
        False
    ] * 2
