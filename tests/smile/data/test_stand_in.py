"""Made faces are told by marker, comment or name, and nothing else passes for such a mark."""

import json
import os

import pytest

from smile.data.stand_in import COMMENT, MARKER, mark_name, name_makers, read_comment, read_marked_name, read_marker
from smile.errors import BadFile


@pytest.mark.parametrize("maker", ["synthetic", "ICT-FaceKit", "a: b", "Not a recording, made by x"])
def test_a_marked_name_tells_its_maker(maker):
    assert read_marked_name(mark_name("bs000_N_N_0.png", maker)) == {maker}


@pytest.mark.parametrize("name", ["", "bs000_N_N_0.png", "made by: x", f"x {COMMENT}y: z", COMMENT])
def test_any_other_name_tells_none(name):
    assert read_marked_name(name) == set()


def test_a_comment_counts_in_the_head_of_a_file_alone(tmp_path):
    scan = tmp_path / "a.wrl"
    scan.write_text(f"#VRML V2.0 utf8\n# {COMMENT}synthetic \r\nShape {{}}\n")
    assert read_comment(scan) == {"synthetic"}
    scan.write_text("#VRML V2.0 utf8\n" + "#\n" * 200 + f"# {COMMENT}synthetic\n")
    assert read_comment(scan) == set()
    assert read_comment(tmp_path / "absent.wrl") == set()


def test_a_marker_is_read_or_refused(tmp_path):
    assert read_marker(tmp_path) == set()
    (tmp_path / MARKER).write_text(json.dumps({"made_by": "ICT-FaceKit"}))
    assert read_marker(tmp_path) == {"ICT-FaceKit"}
    (tmp_path / MARKER).write_text("[]")
    with pytest.raises(BadFile, match="does not say"):
        read_marker(tmp_path)


def test_several_makers_are_all_named():
    assert (name_makers(set()), name_makers({"b", "a"})) == ("", "a and b")


def test_a_marker_that_is_no_file_or_a_pit_of_brackets_is_refused(tmp_path):
    (tmp_path / "stand-in.json").write_text("[" * 100_000)
    with pytest.raises(BadFile, match="does not say what made the faces"):
        read_marker(tmp_path)
    (tmp_path / "stand-in.json").unlink()
    os.mkfifo(tmp_path / "stand-in.json")
    with pytest.raises(BadFile, match="a pipe, no file"):
        read_marker(tmp_path)
