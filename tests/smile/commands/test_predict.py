"""What the command predict reads besides faces."""

import os
import threading
from pathlib import Path

import pytest

from smile.commands.predict import _read_lines
from smile.errors import BadFile


def test_sentences_come_from_a_file_or_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("brows up\n\n jaw dropped \n")
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[b"brows up\njaw dropped"])
    writer.start()
    found = [_read_lines(str(tmp_path / name)) for name in ("file", "pipe", "brows up,jaw dropped")]
    writer.join()
    assert found == [["brows up", "jaw dropped"], ["brows up", "jaw dropped"], []]


def test_what_has_no_end_is_read_no_further_than_sentences_go() -> None:
    with pytest.raises(BadFile, match=r"^/dev/zero: byte 1048576: goes on: too long for sentences"):
        _read_lines("/dev/zero")
