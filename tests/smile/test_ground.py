"""What every command stands on may be missing, as in a container: its working folder, a home, room for files."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from smile.door import MISTAKE, leave
from smile.sources import parse_source


@pytest.fixture
def deleted(tmp_path, monkeypatch):
    """The working folder is one that was deleted meanwhile."""
    place = tmp_path / "gone"
    place.mkdir()
    monkeypatch.chdir(place)
    place.rmdir()
    yield
    os.chdir(tmp_path)


@pytest.mark.usefixtures("deleted")
def test_a_deleted_working_folder_is_said_in_one_line(capsys):
    assert leave("a.door", lambda: len(str(Path("out").resolve()))) == MISTAKE
    assert capsys.readouterr().err == "a.door: the working folder was deleted; change into another one\n"


def test_a_machine_without_room_for_temporary_files_is_told_what_to_set(monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/dev/null/a", "/dev/null/b"])
    assert leave("a.door", lambda: len(tempfile.mkdtemp())) == MISTAKE
    said = capsys.readouterr().err
    assert "set TMPDIR" in said and said.count("\n") == 1


def test_the_home_of_nobody_is_said_in_one_line(capsys):
    assert leave("a.door", lambda: len(parse_source("bu4dfe=~nobody-has-this-name/faces").name)) == MISTAKE
    said = capsys.readouterr().err
    assert "begins with ~" in said and said.count("\n") == 1


@pytest.mark.parametrize("error", [OSError(errno.EIO, "no such thing"), RuntimeError("a fault of ours")])
def test_a_fault_of_ours_is_not_taken_for_a_users(error):
    def act():
        raise error

    with pytest.raises(type(error)):
        leave("a.door", act)
