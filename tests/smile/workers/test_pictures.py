"""A run reads its images in the cache where they lie, and tells another file from the one with which it began."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from smile.config import Config
from smile.errors import BadFile
from smile.workers import pictures
from smile.workers.job import Job, run_folder
from smile.workers.pictures import find_mapped, mark_images, open_mapped, share_storage
from tests.smile.workers.test_job import views

SHAPE = (200, 2, 1, 64, 64)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    file = tmp_path / "cache" / "images.npy"
    file.parent.mkdir()
    np.save(file, np.random.default_rng(0).integers(0, 256, SHAPE, dtype=np.uint8))
    return file


def mapped(file: Path) -> np.ndarray:
    return np.load(file, mmap_mode="r")


def job(file: Path, output: Path, **how: bool) -> Job:
    made = dataclasses.replace(views(), images=mapped(file)[:4] if how.pop("part", False) else mapped(file))
    made = dataclasses.replace(made, clips=made.clips * (len(made.images) // 4), landmarks=None)
    return Job.of(Config(captions=dataclasses.replace(Config().captions, arm="none")), made, output, **how)


def test_the_images_of_a_cache_stay_where_they_lie(cache: Path, tmp_path: Path) -> None:
    made = job(cache, tmp_path / "out")
    assert made.images == cache
    with made.working(dataclasses.replace(views(), images=mapped(cache))):
        assert not list((tmp_path / "out").rglob("*.npy"))
        images = made.read()
        assert isinstance(images, np.memmap) and not images.flags.writeable
        np.testing.assert_array_equal(images, mapped(cache))
    made.clear()
    assert cache.exists()


def test_a_part_of_a_cache_is_written_into_the_run_s_folder(cache: Path, tmp_path: Path) -> None:
    whole = mapped(cache)
    for other in (whole[:4], whole[::-1], whole[:, :1], whole + 0, np.asarray(whole) // 2):
        assert find_mapped(other) is None
    made = job(cache, tmp_path / "out", part=True)
    assert made.images.parent == run_folder(tmp_path / "out")
    with made.working(dataclasses.replace(views(), images=whole[:4])):
        np.testing.assert_array_equal(made.read(), whole[:4])


def test_workers_on_other_machines_see_only_what_lies_with_the_output(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert share_storage(cache, tmp_path / "not" / "yet") and not share_storage(cache, Path("/proc/self"))
    assert job(cache, tmp_path / "out", apart=True).images == cache
    monkeypatch.setattr("smile.workers.job.share_storage", lambda *_: False)
    assert job(cache, tmp_path / "out", apart=False).images == cache
    assert job(cache, tmp_path / "out", apart=True).images.parent == run_folder(tmp_path / "out")


def test_other_images_are_refused_where_a_run_goes_on(cache: Path, tmp_path: Path) -> None:
    made, kept = job(cache, tmp_path / "out"), mapped(cache).copy()
    for other in (kept[::-1], kept[:-1], kept[:, :, :, :32], (kept // 2).astype(np.uint8), kept[:0]):
        np.save(cache, other)
        with pytest.raises(BadFile, match=r"not hold the images with which this run began.*same command again"):
            made.read()
    cache.write_bytes(b"")
    with pytest.raises(BadFile, match="put --cache on shared storage"):
        made.read()
    np.save(cache, kept)
    np.testing.assert_array_equal(made.read(), kept)


def test_a_mark_reads_little_of_many_images(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(np.ndarray):
        read = 0

        def tobytes(self, *more: object) -> bytes:
            Counting.read += self.nbytes
            return super().tobytes(*more)  # type: ignore[arg-type]

    marked = mark_images(mapped(cache))
    monkeypatch.setattr(pictures.np, "ascontiguousarray", lambda row: np.asarray(row).view(Counting))
    assert mark_images(mapped(cache)) == marked
    assert 0 < Counting.read <= 64 * 4096 < np.prod(SHAPE)
    assert open_mapped(cache, "", "").shape == SHAPE
