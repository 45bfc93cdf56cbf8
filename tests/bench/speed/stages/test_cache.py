"""Batches from every way of keeping pictures are the same, and a difference is not hidden."""

import numpy as np
import pytest

from bench.speed.stages import cache

# WebDataset leaves a tar open for each time that it goes through it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture
def pictures():
    return cache.make_pictures(9, 16)


def test_every_way_gives_the_same_pictures(tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(
        cache, "interleave", lambda ways, _rounds: {name: 1.0 for name, way in ways.items() if len([way()])}
    )
    rows = cache.time_readers(tmp_path, pictures, 4)
    assert [row.peer_name for row in rows] == ["np.copyto of as many bytes", "PNG, PIL", "WebDataset, npy"]
    assert all(row.equal for row in rows) and rows[0].ours == 4 * cache.VIEWS
    assert rows[0].case == "4 of 9 clips, 12 views of 16 px, 0 MB"


@pytest.mark.parametrize("name", list(cache.PEERS))
def test_a_peer_gives_the_clips_that_it_names(tmp_path, pictures, name):
    read = cache.PEERS[name](tmp_path, pictures, 3)
    for _ in range(4):
        rows, found = read(np.array([8, 0, 5]))
        np.testing.assert_array_equal(found, pictures[rows])


def test_a_peer_that_reads_something_else_is_not_equal(tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(cache, "interleave", lambda ways, _rounds: dict.fromkeys(ways, 1.0))
    monkeypatch.setattr(cache, "PEERS", {"wrong": lambda *_: lambda rows: (rows, pictures[rows][::-1])})
    assert [row.equal for row in cache.time_readers(tmp_path, pictures, 4)] == [True, False]


def test_no_two_clips_are_the_same(pictures):
    assert len({clip.tobytes() for clip in pictures}) == len(pictures)
