"""What the command predict reads besides faces."""

import os
from pathlib import Path

import pytest

from smile.commands.predict import _read_lines
from smile.errors import BadFile


def test_sentences_come_from_a_file_or_the_words_themselves(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("brows up\n\n jaw dropped \n")
    found = [_read_lines(text) for text in (str(tmp_path / "file"), "brows up,jaw dropped", "x" * 5000, "a\0b", ".")]
    assert found == [["brows up", "jaw dropped"], [], [], [], []]


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, what in ((tmp_path / "pipe", "a pipe"), ("/dev/zero", "a device")):
        with pytest.raises(BadFile, match=rf"^{name}: cannot be read: {what}, no file; take it away"):
            _read_lines(str(name))


def test_a_file_too_long_for_sentences_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(2**33)
    with pytest.raises(BadFile, match=r"byte 1048576: goes on to 8,589,934,592 bytes"):
        _read_lines(str(tmp_path / "long"))
