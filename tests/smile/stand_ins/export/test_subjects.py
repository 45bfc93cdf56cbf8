"""Made people take the names of the release, so that protocols which are frozen by names find whom they want."""

import pytest

from bench.protocols.frozen import read_frozen
from smile.data.face import Clip
from smile.errors import UserError
from smile.stand_ins.export import bp4d, bu3dfe, bu4dfe
from smile.stand_ins.export.subjects import name_subjects


def act(*subjects):
    """A clip of each subject; the first letter is the sex."""
    return [Clip(f"{who}/anger", who, ("anger",), (), "key", attributes={"sex": who[:1]}) for who in subjects]


def make_people(count):
    """Names as the makers give them: F001, M001, F002, ..."""
    return [f"{'FM'[i % 2]}{i // 2 + 1:03d}" for i in range(count)]


@pytest.mark.parametrize(
    ("key", "digits", "release"),
    [("bu3dfe", 4, bu3dfe._RELEASE), ("bu4dfe", 3, bu4dfe._RELEASE), ("bp4d", 3, bp4d._RELEASE)],
)
def test_as_many_people_as_the_release_has_take_exactly_its_names(key, digits, release):
    people = make_people(sum(release.values()))
    names = name_subjects(act(*people), key, digits, release)
    assert sorted(names.values()) == sorted(read_frozen(key).order)


def test_fewer_people_keep_letter_and_number():
    names = name_subjects(act(*make_people(60)), "BU-3DFE", 4, {"F": 56, "M": 44})
    assert all(name == f"{who[0]}0{who[1:]}" for who, name in names.items())


def test_an_export_that_grows_renames_nobody():
    release = {"F": 58, "M": 43}
    small, large = (name_subjects(act(*make_people(count)), "BU-4DFE", 3, release) for count in (92, 101))
    assert small.items() <= large.items()


def test_more_people_than_the_release_has_go_on_beyond_its_numbers():
    names = name_subjects(act(*make_people(106)), "BU-3DFE", 4, {"F": 56, "M": 44})
    assert len(set(names.values())) == 106
    assert {f"M{n:04d}" for n in range(45, 51)} <= set(names.values())


def test_a_letter_is_not_taken_from_somebody_who_has_it():
    names = name_subjects(act("Fa", "Fb", "Fc", "M2", "M1"), "T", 1, {"F": 2, "M": 4})
    assert {names["M1"], names["M2"]} == {"M1", "M2"}
    assert (names["Fa"], names["Fb"], names["Fc"]) == ("F1", "F2", "M4")


def test_women_alone_take_the_names_of_men_before_any_beyond_the_release():
    assert set(name_subjects(act("F1", "Fa", "Fb"), "T", 1, {"F": 1, "M": 1}).values()) == {"F1", "M1", "F2"}


def test_unknown_sex_and_too_many_people_are_refused():
    with pytest.raises(UserError, match="subject X1: its sex is unknown"):
        name_subjects(act("X1"), "T", 1, {"F": 1, "M": 1})
    with pytest.raises(UserError, match="export fewer"):
        name_subjects(act(*(f"F{n:02d}" for n in range(20))), "T", 1, {"F": 5, "M": 5})
