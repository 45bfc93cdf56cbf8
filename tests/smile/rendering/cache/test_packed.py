"""The images of a cache are written as numpy would, and a disk without room for them is one error."""

import errno
import io
import os
import resource

import numpy as np
import pytest

from smile import atomic
from smile.rendering.cache.packed import IMAGES, write_images

ROWS = np.random.default_rng(0).integers(0, 256, (5, 2, 3, 16, 16), dtype=np.uint8)


def test_the_bytes_are_those_of_numpy(tmp_path):
    write_images(tmp_path, len(ROWS), iter(ROWS))
    expected = io.BytesIO()
    np.save(expected, ROWS)
    assert (tmp_path / IMAGES).read_bytes() == expected.getvalue()


@pytest.fixture
def little_room():
    """No file of this process may have more than 4,000 bytes, as on a disk with little room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("little_room")
def test_a_disk_without_room_is_told_before_the_first_row_is_written(tmp_path):
    drawn = []
    with pytest.raises(OSError, match=r"\(7,808 bytes are needed\)") as caught:
        write_images(tmp_path, len(ROWS), (drawn.append(row.shape) or row for row in ROWS))
    assert caught.value.filename == str(tmp_path / IMAGES) and caught.value.errno in atomic.FULL
    assert len(drawn) == 1 and list(tmp_path.iterdir()) == []


def test_a_file_system_that_cannot_reserve_is_written_to_all_the_same(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    write_images(tmp_path, len(ROWS), iter(ROWS))
    assert np.array_equal(np.load(tmp_path / IMAGES), ROWS)
