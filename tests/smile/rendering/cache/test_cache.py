import dataclasses
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from smile.config import Rendering
from smile.data.face import Skipped
from smile.errors import UserError
from smile.locks import hold_lock
from smile.rendering.cache import cache
from smile.rendering.cache.cache import load_or_render
from tests.places import ROOT
from tests.smile.rendering.faces import cache_key, clip, data_set

SMALL = Rendering(view_count=2, image_size=24, channels=("normals", "difference_depth"), frames=4)
HEADS = data_set(clip(seed) for seed in range(6))

CHILD = """
import sys
from pathlib import Path
from smile.config import Rendering
from smile.rendering.cache.cache import SOURCES, load_or_render
from tests.smile.rendering.faces import clip, data_set
heads = data_set(clip(seed, delay=0.05) for seed in range(6))
rendering = Rendering(view_count=2, image_size=24, channels=("normals", "difference_depth"), frames=4)
load_or_render(heads, rendering, Path(sys.argv[1]), lambda *_: None, workers=1)
"""


def quiet(what, done, total):
    pass


class Noted:
    """A progress callback that remembers."""

    def __init__(self):
        self.calls = []

    def __call__(self, what, done, total):
        self.calls.append((what, done, total))


def place(folder):
    (only,) = folder.iterdir()
    return only


def test_views_have_a_row_for_each_clip(tmp_path):
    noted = Noted()
    views = load_or_render(HEADS, SMALL, tmp_path, noted, workers=2)
    assert views.images.shape == (6, 2, 4, 24, 24) and views.images.dtype == np.uint8
    assert isinstance(views.images, np.memmap) and not views.images.flags.writeable
    assert views.landmarks.shape == (6, 2, 83, 3) and np.isfinite(views.landmarks).all()
    assert views.clip_ids == tuple(one.id for one in HEADS.clips) and views.landmark_scheme == "bu83"
    assert views.labels == (("happiness",), ("sadness",)) * 3 and views.stand_in == "formula"
    assert noted.calls == [("Rendering Heads", done, 6) for done in range(7)]


def test_a_second_call_draws_nothing(tmp_path, rendered):
    first = load_or_render(HEADS, SMALL, tmp_path, quiet, workers=1)
    assert len(rendered) == 6
    noted = Noted()
    second = load_or_render(HEADS, SMALL, tmp_path, noted, workers=1)
    assert len(rendered) == 6 and noted.calls == []
    assert first.content_hash() == second.content_hash()


def test_a_second_process_says_that_it_waits_for_the_first(tmp_path, rendered):
    load_or_render(HEADS, SMALL, tmp_path, quiet, workers=1)
    entered, noted = ExitStack(), Noted()
    entered.enter_context(hold_lock(place(tmp_path) / "lock"))

    def let_go(what, done, total):
        noted(what, done, total)
        entered.close()

    load_or_render(HEADS, SMALL, tmp_path, let_go, workers=1)
    assert noted.calls == [(f"Waiting for another process that works on {place(tmp_path)}", 0, 1)]
    assert len(rendered) == 6


def test_any_number_of_workers_writes_the_same_bytes(tmp_path):
    for workers in (1, 2, 5):
        load_or_render(HEADS, SMALL, tmp_path / str(workers), quiet, workers)
    for name in ("images.npy", "landmarks.npy", "index.json"):
        assert len({(place(tmp_path / str(workers)) / name).read_bytes() for workers in (1, 2, 5)}) == 1


def test_another_setting_clip_or_key_is_another_cache():
    keys = {
        cache_key(HEADS, SMALL),
        cache_key(HEADS, dataclasses.replace(SMALL, image_size=25)),
        cache_key(HEADS, dataclasses.replace(SMALL, channels=("difference_depth", "normals"))),
        cache_key(data_set(HEADS.clips[:-1]), SMALL),
        cache_key(data_set(HEADS.clips[::-1]), SMALL),
        cache_key(data_set([dataclasses.replace(HEADS.clips[0], content_key="new"), *HEADS.clips[1:]]), SMALL),
    }
    assert len(keys) == 6


def test_another_label_is_read_without_drawing(tmp_path, rendered):
    load_or_render(HEADS, SMALL, tmp_path, quiet)
    renamed = data_set(dataclasses.replace(one, labels=("joy",)) for one in HEADS.clips)
    assert load_or_render(renamed, SMALL, tmp_path, quiet).labels == (("joy",),) * 6
    assert len(rendered) == 6


@pytest.mark.parametrize(
    "change", [{"apex": 3}, {"onset": 1}, {"landmark_scheme": None}, {"content_key": "new"}, {"id": "S09/0"}]
)
def test_a_clip_that_is_drawn_from_something_else_is_drawn_anew(tmp_path, rendered, change):
    one, other = HEADS.clips[:2]
    load_or_render(data_set([one, other]), SMALL, tmp_path, quiet)
    rendered.clear()
    changed = dataclasses.replace(one, **change)
    load_or_render(data_set([changed, other]), SMALL, tmp_path, quiet)
    assert rendered == [changed.id]


@pytest.mark.slow
def test_killed_half_way_it_resumes_to_the_same_bytes(tmp_path, rendered):
    undisturbed = load_or_render(HEADS, SMALL, tmp_path / "whole", quiet)
    rendered.clear()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path / "killed")], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("killed/*/parts/0*.npz"))) < 2:
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    kept = len(list(tmp_path.glob("killed/*/parts/0*.npz")))
    assert 2 <= kept < 6 and not list(tmp_path.glob("killed/*/index.json"))
    resumed = load_or_render(HEADS, SMALL, tmp_path / "killed", quiet)
    assert len(rendered) == 6 - kept
    assert resumed.content_hash() == undisturbed.content_hash()
    for name in ("images.npy", "landmarks.npy", "index.json"):
        assert (place(tmp_path / "whole") / name).read_bytes() == (place(tmp_path / "killed") / name).read_bytes()
    assert sorted(path.name for path in place(tmp_path / "killed").iterdir()) == [
        "images.npy",
        "index.json",
        "landmarks.npy",
        "lock",
    ]


def test_a_bad_clip_is_named_and_the_others_go_on(tmp_path):
    broken = clip(9, bad=(0, 2, 4, 5))
    before = Skipped("X/1", "no scans")
    mixed = dataclasses.replace(data_set([*HEADS.clips[:2], broken, *HEADS.clips[2:]]), skipped=(before,))
    for _ in range(2):  # drawn, then loaded
        views = load_or_render(mixed, SMALL, tmp_path, quiet)
        assert views.clip_ids == tuple(one.id for one in HEADS.clips)
        assert [one.clip_id for one in views.skipped] == ["X/1", broken.id]
        assert "truncated" in views.skipped[1].reason
    alone = load_or_render(HEADS, SMALL, tmp_path / "alone", quiet)
    np.testing.assert_array_equal(views.images, alone.images)


def test_scans_that_clips_do_without_are_named_and_counted(tmp_path):
    mixed = data_set([clip(0), clip(1, count=10, bad=(4, 9)), clip(2, bad=(5,))])
    for _ in range(2):  # drawn, then loaded
        views = load_or_render(mixed, dataclasses.replace(SMALL, frames=10), tmp_path, quiet)
        assert (len(views), views.skipped) == (3, ())
        assert [(one.clip_id, one.frame) for one in views.faults] == [("S00/1", 4), ("S00/1", 9), ("S01/0", 5)]
        assert all("truncated" in one.reason for one in views.faults)


def test_what_a_killed_process_left_behind_is_cleared_away(tmp_path, rendered):
    two = data_set(HEADS.clips[:2])
    load_or_render(two, SMALL, tmp_path, quiet)
    (place(tmp_path) / ".images.npy.x7_y.npy").write_bytes(b"half")
    (place(tmp_path) / "parts").mkdir()
    (place(tmp_path) / "parts" / "000000.npz").write_bytes(b"done, but not yet thrown away")
    load_or_render(two, SMALL, tmp_path, quiet)
    assert sorted(path.name for path in place(tmp_path).iterdir()) == [
        "images.npy",
        "index.json",
        "landmarks.npy",
        "lock",
    ]
    assert len(rendered) == 2


def test_only_bad_clips_are_an_error_with_the_first_reasons(tmp_path):
    with pytest.raises(UserError, match=r"none of the 4 clips can be used(.|\n)*S00/0: .*truncated"):
        load_or_render(data_set(clip(seed, bad=tuple(range(6))) for seed in range(4)), SMALL, tmp_path, quiet)


def test_a_data_set_without_clips_says_what_its_reader_said(tmp_path):
    empty = dataclasses.replace(data_set([]), skipped=(Skipped("X/1", "folder without scans"),))
    with pytest.raises(UserError, match="X/1: folder without scans"):
        load_or_render(empty, SMALL, tmp_path, quiet)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    content = bytearray(path.read_bytes())
    content[-50] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("images.npy", truncate),
        ("images.npy", flip),
        ("images.npy", Path.unlink),
        ("landmarks.npy", flip),
        ("index.json", truncate),
        ("index.json", Path.unlink),
        ("index.json", lambda path: path.write_text("[]")),
        ("index.json", lambda path: path.write_text('{"clips": [99], "skipped": [], "sha256": {}}')),
    ],
)
def test_a_damaged_cache_is_drawn_anew(tmp_path, rendered, name, harm):
    two = data_set(HEADS.clips[:2])
    whole = load_or_render(two, SMALL, tmp_path, quiet).content_hash()
    harm(place(tmp_path) / name)
    rendered.clear()
    assert load_or_render(two, SMALL, tmp_path, quiet).content_hash() == whole
    assert len(rendered) == 2


def test_a_damaged_part_is_drawn_anew(tmp_path, rendered, monkeypatch):
    two = data_set(HEADS.clips[:2])
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_pack", lambda *_: None)
        with pytest.raises(UserError, match="cannot be read back"):
            load_or_render(two, SMALL, tmp_path, quiet)
    flip(place(tmp_path) / "parts" / "000001.npz")
    flip_middle = place(tmp_path) / "parts" / "000001.npz"
    content = bytearray(flip_middle.read_bytes())
    content[len(content) // 2] ^= 255
    flip_middle.write_bytes(content)
    rendered.clear()
    resumed = load_or_render(two, SMALL, tmp_path, quiet)
    assert rendered == [two.clips[1].id]
    assert resumed.content_hash() == load_or_render(two, SMALL, tmp_path / "new", quiet).content_hash()


def test_clips_with_and_without_landmarks_share_a_data_set(tmp_path):
    mixed = data_set([clip(0, marked=False), clip(1), clip(2)])
    views = load_or_render(mixed, SMALL, tmp_path, quiet)
    assert np.isnan(views.landmarks[0]).all() and np.isfinite(views.landmarks[1:]).all()
    none = load_or_render(data_set([clip(0, marked=False)]), SMALL, tmp_path, quiet)
    assert none.landmarks is None and none.landmark_scheme is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"view_count": 16}, "view_count"),
        ({"channels": ("normal",)}, "did you mean 'normals'"),
        ({"image_size": 0}, "image_size"),
        ({"frames": 0}, "frames"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_before_anything_is_written(tmp_path, change, reason):
    with pytest.raises(UserError, match=reason):
        load_or_render(HEADS, dataclasses.replace(SMALL, **change), tmp_path / "cache", quiet)
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow
def test_two_at_once_draw_each_clip_once(tmp_path):
    run = [sys.executable, "-c", CHILD, str(tmp_path)]
    children = [subprocess.Popen(run, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(2)]
    assert [child.wait() for child in children] == [0, 0]
    views = load_or_render(HEADS, SMALL, tmp_path, lambda *_: pytest.fail("drawn again"))
    assert len(views) == 6
