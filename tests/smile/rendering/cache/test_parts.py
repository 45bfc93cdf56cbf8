"""A clip's part holds its pictures or its reason, and what the clip had to do without."""

import threading

import numpy as np
import pytest

from smile.config import Rendering
from smile.rendering.cache import parts
from smile.rendering.cache.parts import draw_part, in_threads, read_part
from smile.rendering.clip_pictures import render_clip
from tests.smile.rendering.faces import clip

SMALL = Rendering(view_count=2, image_size=24, channels=("normals",), frames=6)


def write(folder, content):
    path = folder / "000000.npz"
    path.write_bytes(content)
    return path


def test_a_part_holds_what_was_drawn(tmp_path):
    part = read_part(write(tmp_path, draw_part(clip(0), SMALL)))
    drawn = render_clip(clip(0), SMALL)
    np.testing.assert_array_equal(part.pictures.images, drawn.images)
    np.testing.assert_array_equal(part.pictures.landmarks, drawn.landmarks)
    assert (part.reason, part.pictures.faults) == ("", ())


def test_a_scan_that_a_clip_does_without_is_named(tmp_path):
    part = read_part(write(tmp_path, draw_part(clip(0, bad=(3,)), SMALL)))
    ((frame, reason),) = part.pictures.faults
    assert frame == 3 and "003.wrl: point: truncated" in reason


def test_a_useless_clip_has_a_reason_and_no_pictures(tmp_path):
    part = read_part(write(tmp_path, draw_part(clip(0, bad=(0, 1, 2)), SMALL)))
    assert part.pictures is None and "3 of 6 frames cannot be used" in part.reason


def test_a_part_that_is_cut_or_flipped_is_none(tmp_path):
    content = draw_part(clip(0), SMALL)
    rng = np.random.default_rng(0)
    for cut in [0, 1, *rng.integers(2, len(content), 20).tolist(), len(content) - 1]:
        assert read_part(write(tmp_path, content[:cut])) is None
    whole = read_part(write(tmp_path, content)).pictures
    for at in rng.integers(0, len(content), 60):
        flipped = bytearray(content)
        flipped[at] ^= 255
        part = read_part(write(tmp_path, bytes(flipped)))  # names and dates in the archive may flip unseen
        assert part is None or (
            np.array_equal(part.pictures.images, whole.images)
            and np.array_equal(part.pictures.landmarks, whole.landmarks)
        )
    assert read_part(tmp_path / "absent.npz") is None


def test_threads_draw_every_clip_once_and_few_wait_to_be_taken(monkeypatch):
    begun, lock = [], threading.Lock()

    def note(one, _):
        with lock:
            begun.append(one.id)
        return one.id.encode()

    monkeypatch.setattr(parts, "draw_part", note)
    clips = [clip(seed) for seed in range(40)]
    taken = []
    for number, part in in_threads(2)(clips, SMALL):
        taken.append((number, part.decode()))
        assert len(begun) <= len(taken) + 4
    assert sorted(taken) == [(number, one.id) for number, one in enumerate(clips)]


def test_a_bug_in_drawing_is_not_hidden(monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(parts, "render_clip", fail)
    with pytest.raises(ZeroDivisionError):
        list(in_threads(2)([clip(0)], SMALL))
