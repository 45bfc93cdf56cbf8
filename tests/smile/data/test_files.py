"""A disk that fails while a file is read is a fault of that file, with the place."""

from pathlib import Path

import pytest

from smile.data.files import open_file, read_text
from smile.errors import BadFile

#: Memory of this process as a file: regular for the system, and at its first bytes it cannot be read.
FAILING = Path("/proc/self/mem")


@pytest.mark.skipif(not FAILING.exists(), reason="no Linux")
def test_a_file_whose_disk_fails_is_named_with_the_place(tmp_path):
    (tmp_path / "face.obj").symlink_to(FAILING)
    for read in (open_file, lambda path: read_text(path, "look")):
        with pytest.raises(
            BadFile, match=r"face\.obj: byte 0: cannot be read: Input/output error; look after the disk"
        ):
            read(tmp_path / "face.obj")


def test_what_can_be_read_is_read_in_any_way(tmp_path):
    content = bytes(range(256)) * 1000
    (tmp_path / "file").write_bytes(content)
    with open_file(tmp_path / "file") as file:
        assert file.read(300) == content[:300] and file.read() == content[300:]
        file.seek(10)
        room = bytearray(len(content))
        assert file.readinto(room) == len(content) - 10 and room[:-10] == content[10:]
        file.seek(10)
        assert file.read(1) == content[10:11]
