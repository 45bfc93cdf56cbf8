"""What the command predict reads besides faces."""

import os
from argparse import Namespace
from pathlib import Path

import pytest

from smile.commands.predict import _ask, _read_lines
from smile.errors import BadFile, UserError


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


@pytest.mark.parametrize(
    ("classes", "prompts", "says"),
    [
        ("joy,fear,joy", None, "--classes names 'joy' and 'joy', which are one"),
        ("Joy, fear,joy ", None, "--classes names 'Joy' and 'joy', which are one"),
        ("", None, "--classes '' names none"),
        (" , ", None, "--classes ' , ' names none"),
        (None, ",", "--prompts ',' names none"),
        (None, "brows up,Brows  up", "which are one; name each once"),
        (None, "x" * 1001, "--prompts: 'x{40}'... has 1,001 letters, and no model reads more than 1,000"),
        (None, "gone.txt", "--prompts gone.txt does not exist or is empty; name a file with one sentence a line"),
    ],
)
def test_what_is_asked_for_is_there_and_there_once(classes: str | None, prompts: str | None, says: str) -> None:
    with pytest.raises(UserError, match=says):
        _ask(Namespace(classes=classes, prompts=prompts))


def test_what_is_asked_for_is_handed_on() -> None:
    asked = _ask(Namespace(classes="joy, fear", prompts="jaw dropped,brows up"))
    assert asked == {"classes": ["joy", "fear"], "prompts": ["jaw dropped", "brows up"]}
    assert _ask(Namespace(classes=None, prompts=None)) == {}
