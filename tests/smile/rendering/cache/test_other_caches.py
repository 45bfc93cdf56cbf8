"""A replaced scan costs the drawing of its own clip alone, to the bytes of a fresh cache; old caches can be deleted."""

import dataclasses
import fcntl
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.cache import cache, other_caches
from smile.rendering.cache.cache import Cache, load_or_render
from smile.rendering.cache.other_caches import delete_unused, find_caches, measure_bytes
from tests.smile.rendering.faces import clip, data_set

SMALL = Rendering(view_count=2, image_size=24, channels=("normals", "difference_depth"), frames=4)
HEADS = data_set(clip(seed) for seed in range(5))
#: The same with one clip whose scan was replaced.
MENDED = data_set([*HEADS.clips[:2], clip(2, count=5), *HEADS.clips[3:]])


def quiet(what, done, total):
    pass


def content(place):
    return {path.name: path.read_bytes() for path in place.iterdir() if path.name != "lock"}


def prepare(heads, folder, rendering=SMALL):
    load_or_render(heads, rendering, folder, quiet, workers=1)
    return Cache.of(heads, rendering, folder).place


def test_one_replaced_clip_is_drawn_alone_and_the_cache_is_that_of_a_fresh_preparation(tmp_path, rendered):
    prepare(HEADS, tmp_path / "used")
    rendered.clear()
    place = prepare(MENDED, tmp_path / "used")
    assert rendered == ["S01/0"]
    rendered.clear()
    assert content(place) == content(prepare(MENDED, tmp_path / "fresh")) and len(rendered) == 5


def test_clips_in_another_order_and_fewer_of_them_are_not_drawn_at_all(tmp_path, rendered):
    prepare(HEADS, tmp_path / "used")
    rendered.clear()
    some = data_set([HEADS.clips[3], HEADS.clips[0]])
    place = prepare(some, tmp_path / "used")
    assert rendered == []
    assert content(place) == content(prepare(some, tmp_path / "fresh"))


@pytest.mark.parametrize("change", [{"margin": 5.0}, {"channels": ("normals", "rank_depth")}, {"image_size": 25}])
def test_pictures_of_other_settings_are_not_taken(tmp_path, rendered, change):
    prepare(HEADS, tmp_path)
    rendered.clear()
    prepare(MENDED, tmp_path, dataclasses.replace(SMALL, **change))
    assert len(rendered) == 5


def test_pictures_of_another_version_of_the_program_are_not_taken(tmp_path, rendered, monkeypatch):
    prepare(HEADS, tmp_path)
    rendered.clear()
    monkeypatch.setattr(cache, "source_hash", lambda *_: "another")
    prepare(HEADS, tmp_path)
    assert len(rendered) == 5


def test_clips_that_do_without_a_scan_and_those_left_out_are_drawn_anew(tmp_path, rendered):
    # Their reasons name files: they are told as the files lie now.
    faulty = data_set([clip(0), clip(1, count=10, bad=(4,)), clip(2, bad=tuple(range(6)))])
    rendering = dataclasses.replace(SMALL, frames=10)
    prepare(faulty, tmp_path / "used", rendering)
    rendered.clear()
    more = data_set([*faulty.clips, clip(3)])
    place = prepare(more, tmp_path / "used", rendering)
    assert rendered == ["S00/1", "S01/0", "S01/1"]
    assert content(place) == content(prepare(more, tmp_path / "fresh", rendering))


def test_landmarks_of_a_scheme_that_a_cache_does_not_keep_are_not_lost(tmp_path, rendered):
    bare, marked = clip(0, marked=False), clip(1)
    five = dataclasses.replace(clip(2, marked=False), landmark_scheme="bosphorus")
    prepare(data_set([bare, marked, five]), tmp_path / "used")
    rendered.clear()
    others = data_set([bare, five])
    place = prepare(others, tmp_path / "used")
    assert rendered == [five.id]
    assert content(place) == content(prepare(others, tmp_path / "fresh"))


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["images", "keys", "row", "busy"])
def test_a_cache_that_is_damaged_or_being_written_is_not_copied_from(tmp_path, rendered, harm):
    place = prepare(HEADS, tmp_path / "used")
    index = json.loads((place / "index.json").read_text())
    if harm == "images":
        images = bytearray((place / "images.npy").read_bytes())
        images[-9] ^= 1
        (place / "images.npy").write_bytes(images)
    rows = {"keys": [1], "row": dict.fromkeys(index["keys"], 99)}.get(harm, index["keys"])
    (place / "index.json").write_text(json.dumps({**index, "keys": rows}))
    rendered.clear()
    with (place / "lock").open() as lock:
        if harm == "busy":
            fcntl.flock(lock, fcntl.LOCK_EX)
        mended = prepare(MENDED, tmp_path / "used")
    assert len(rendered) == 5
    assert content(mended) == content(prepare(MENDED, tmp_path / "fresh"))


def age(place, days):
    then = time.time() - days * 86_400
    os.utime(place / "lock", (then, then))


def test_caches_that_nothing_has_used_are_deleted_and_nothing_else(tmp_path):
    old, new, kept = (prepare(HEADS, tmp_path, dataclasses.replace(SMALL, margin=margin)) for margin in (0.0, 1.0, 2.0))
    books, alike = tmp_path / "ray_books", tmp_path / f"mine-{'0' * 16}"
    for folder in (books, alike):
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
    for place, days in ((old, 40), (new, 10), (kept, 40)):
        age(place, days)
    size = measure_bytes(old)
    assert size > np.load(old / "images.npy").nbytes
    assert delete_unused(tmp_path, 30, keep=kept) == [(old, size)]
    assert sorted(tmp_path.iterdir()) == sorted([new, kept, books, alike])
    assert find_caches(tmp_path) == sorted([new, kept])


def test_reading_a_cache_is_using_it_and_one_at_work_stays(tmp_path):
    read, busy = (prepare(HEADS, tmp_path, dataclasses.replace(SMALL, margin=margin)) for margin in (0.0, 1.0))
    for place in (read, busy):
        age(place, 40)
    prepare(HEADS, tmp_path)
    with (busy / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert delete_unused(tmp_path, 30, keep=tmp_path) == []
    assert [place for place, _ in delete_unused(tmp_path, 30, keep=tmp_path)] == [busy]


def test_a_process_that_waits_for_a_cache_that_is_deleted_says_so(tmp_path, monkeypatch):
    place, waiting = prepare(HEADS, tmp_path), []
    age(place, 40)

    def measure_while_another_waits(_):
        waiting.append(pool.submit(prepare, HEADS, tmp_path))
        return 0

    monkeypatch.setattr(other_caches, "measure_bytes", measure_while_another_waits)
    with ThreadPoolExecutor() as pool:
        assert delete_unused(tmp_path, 30, keep=tmp_path) == [(place, 0)]
        try:
            waiting[0].result()  # it came when the folder was gone, and made a new one
        except UserError as error:
            assert "deleted by another process; start again" in str(error)
    assert find_caches(tmp_path) in ([], [place])
