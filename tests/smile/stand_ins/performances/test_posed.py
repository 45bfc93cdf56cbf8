"""People's own configurations are read as coded, and each subject acts by those of one person."""

from pathlib import Path

import pytest

from smile.data.face import EXPRESSIONS
from smile.errors import BadFile, UserError
from smile.stand_ins.performance import Act, Difficulty
from smile.stand_ins.performances import CODES_VARIABLE, open_performer
from smile.stand_ins.performances.facs_codes import DISPLAYERS, read_displayers
from smile.stand_ins.performances.posed import Posed
from tests.places import SHARED

REAL = SHARED / "performances" / "WSEFEP_Data.csv"
HEAD = "Displayer ID;Picture ID;Display;Agreement (%);FACS \n"


def write(folder: Path, *lines: str) -> Path:
    (folder / "codes.csv").write_text(HEAD + "".join(f"{line}\n" for line in lines))
    return folder / "codes.csv"


def test_letters_are_strengths_and_sides_are_the_subjects(tmp_path: Path) -> None:
    path = write(
        tmp_path, "AD;a.jpg;neutral;53,5;7B", "AD;b.jpg;joy;92;1A+L12C+R14D+L4B+R4E+12+58E", "AD;c.jpg;fear;1;0"
    )
    (person,) = read_displayers(path)
    assert (person.name, person.rest) == ("AD", {7: (0.3, 0.3)})
    assert person.faces == {
        "fear": ({},),
        "happiness": ({1: (0.1, 0.1), 12: (0.5, 0.5), 14: (0.0, 0.75), 4: (0.3, 1.0), 58: (1.0, 1.0)},),
    }
    one_side = write(tmp_path, "AD;b.jpg;joy;92;L12C")
    assert read_displayers(one_side)[0].faces["happiness"] == ({12: (0.5, 0.0)},)


def test_only_the_first_eighteen_are_read(tmp_path: Path) -> None:
    lines = [f"P{i};x.jpg;{word};90;12A" for word in ("joy", "fear") for i in range(30)]
    people = read_displayers(write(tmp_path, *lines))
    assert [person.name for person in people] == [f"P{i}" for i in range(DISPLAYERS)]
    assert DISPLAYERS == 18
    assert all(set(person.faces) == {"fear", "happiness"} for person in people)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("AD;a.jpg;joy;92;12F", "line 2: '12F' is no action unit"),
        ("AD;a.jpg;joy;92;99A", "line 2: '99A' is no action unit"),
        ("AD;a.jpg;glee;92;12A", "line 2: 'glee' of 'AD'"),
        (";a.jpg;joy;92;12A", "line 2: 'joy' of ''"),
        ("AD;a.jpg;neutral;92;0", "nobody with an expression"),
    ],
)
def test_a_faulty_table_is_refused_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        open_performer("posed", write(tmp_path, line))


def test_another_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a;b\n1;2\n")
    with pytest.raises(BadFile, match="no column Displayer ID, Display, FACS"):
        open_performer("posed", tmp_path / "t.csv")


def test_the_path_is_asked_for_and_found_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CODES_VARIABLE, raising=False)
    with pytest.raises(UserError, match="--performances-file"):
        open_performer("posed")
    path = write(tmp_path, "AD;a.jpg;joy;92;12A")
    monkeypatch.setenv(CODES_VARIABLE, str(path))
    assert open_performer("posed") == Posed(path.resolve())
    with pytest.raises(UserError, match="theories performances read nothing"):
        open_performer("theories", path)
    with pytest.raises(UserError, match="did you mean 'posed'"):
        open_performer("pose")


def test_a_subject_acts_by_one_person(tmp_path: Path) -> None:
    lines = [f"P{i};x.jpg;{word};90;{unit}E" for i, unit in enumerate((12, 15, 20)) for word in ("joy", "fear")]
    actor = Posed(write(tmp_path, *lines, "P2;x.jpg;neutral;90;4B"))
    seen = set()
    for subject in (f"F{i}" for i in range(30)):
        acts = actor.choose(0, subject, None)
        acted = [actor.perform(0, subject, act, 5, Difficulty()) for act in acts]
        assert {act.labels[0] for act in acts} <= {"happiness", "fear"} and acts
        assert len({clip.manner for clip in acted}) == 1
        seen |= {(clip.manner, clip.units) for clip in acted}
    assert seen == {("P0", ("12",)), ("P1", ("15",)), ("P2", ("4", "20"))}
    assert actor.perform(0, "F1", Act(("AU9",)), 5, Difficulty()).strengths.max() > 0.2


def test_the_key_follows_the_content_and_not_the_place(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first, same = (write(folder, "AD;a.jpg;joy;92;12A") for folder in (tmp_path, tmp_path / "b"))
    key = Posed(first).content_key()
    assert Posed(same).content_key() == key
    (tmp_path / "c").mkdir()
    assert Posed(write(tmp_path / "c", "AD;a.jpg;joy;92;12B")).content_key() != key


@pytest.mark.skipif(not REAL.is_file(), reason=f"no table of codes at {REAL}")
def test_the_published_table_is_read_whole() -> None:
    people = read_displayers(REAL)
    assert len(people) == 18 and all(tuple(person.faces) == EXPRESSIONS for person in people)
    angry = [tuple(sorted(face)) for person in people for face in person.faces["anger"]]
    assert len(set(angry)) == 18  # everybody is angry in a way of their own
