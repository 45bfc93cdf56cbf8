"""A table of folds is read as people write it, and a mistake in it names its line."""

from pathlib import Path

import pytest

from bench.audit.folds_file import read_folds
from smile.errors import UserError

CLEAN = "clip,subject,fold\na,A,1\nb,B,2\n"


def read(tmp_path, text, name="folds.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_folds(tmp_path / name)


def test_folds_and_roles_and_words_are_understood(tmp_path):
    seats = [row.seat for row in read(tmp_path, "Clip;Subject;Fold;note\na;A;01;x\nb;B;1;y\nc;C;2;z\n")]
    assert [(one.clip, one.fold, one.role, one.line) for one in seats] == [
        ("a", "1", "", 2),
        ("b", "1", "", 3),
        ("c", "2", "", 4),
    ]
    words = [row.seat for row in read(tmp_path, "clip,subject,fold\na,A,Train\nb,B,TEST\nc,C,val\n")]
    assert [(one.fold, one.role) for one in words] == [("", "train"), ("", "test"), ("", "select")]
    roles = [row.seat for row in read(tmp_path, "clip,subject,fold,role\na,A,1,\nb,B,,pretrain\n")]
    assert [(one.fold, one.role) for one in roles] == [("1", ""), ("", "pretrain")]
    (first, _) = read(tmp_path, "clip,subject,fold,path,label,caption\na,A,1,x\\y.obj,fear,brows up\nb,B,2,,,\n")
    assert (first.path, first.label, first.caption) == (tmp_path / "x" / "y.obj", "fear", "brows up")


def test_a_number_that_a_program_wrote_with_a_point_is_the_same_fold(tmp_path):
    seats = [row.seat for row in read(tmp_path, "clip,subject,fold\na,A,1\nb,A,1.0\nc,A,01\nd,B,2\ne,B,2.50\n")]
    assert [one.fold for one in seats] == ["1", "1", "1", "2", "2.50"]
    seats = [row.seat for row in read(tmp_path, f"clip,subject,fold\na,A,{'9' * 5000}\nb,B,٢\n")]
    assert [one.fold for one in seats] == ["9" * 5000, "2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clip,subject\na,A\n", "line 1: no column 'fold'"),
        ("clip subject fold\na A 1\n", "line 1: no column 'clip'; part columns by commas"),
        ("clip,clip,subject,fold\n", "line 1: two columns 'clip'"),
        ("clip,subject,fold,rolle\na,A,1,\n", "column 'rolle': did you mean 'role'?"),
        ("clip,subject,fold\na,,1\n", "line 2: subject is empty"),
        ("clip,subject,fold\na,NaN,1\n", "line 2: subject 'NaN' is what programs write"),
        ("clip,subject,fold\n<NA>,A,1\n", "line 2: clip '<NA>' is what programs write"),
        ("clip,subject,fold\na,A,\n", "line 2: fold is empty"),
        ("clip,subject,fold\na,A,1,2\n", "line 2: 4 cells where the head has 3"),
        (
            "clip,subject,fold,role\na,A,1,trian\n",
            "role 'trian' is none of train, test, select, pretrain; did you mean",
        ),
        ("clip,subject,fold,role\na,A,1,\nb,B,1,test\n", "line 3: role 'test', where line 2 has none"),
        ("clip,subject,fold\na,A,1\nb,B,1\n", "fold '1' alone"),
        ("clip,subject,fold\na,A,test\nb,B,test\n", "test alone"),
        ("clip,subject,fold\na,A,train\nb,B,val\n", "select and train alone"),
        ("clip,subject,fold\n", "no line alone"),
        ("", "is empty; give a table with the columns clip, subject, fold"),
    ],
)
def test_a_mistake_names_its_line(tmp_path, text, said):
    with pytest.raises(UserError) as error:
        read(tmp_path, text)
    assert said in str(error.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        read_folds(tmp_path / "nowhere.csv")
    (tmp_path / "folder").mkdir()
    for place, what in ((tmp_path / "folder", "a folder"), (Path("/dev/zero"), "a device")):
        with pytest.raises(UserError, match=f"^{place}: cannot be read: {what}, no file"):
            read_folds(place)
