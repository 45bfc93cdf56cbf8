import dataclasses

import numpy as np
import pytest
from PIL import Image

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.looking.animation import animate, film, save_animation
from tests.smile.rendering.faces import clip, scan
from tests.smile.rendering.test_clip_pictures import listed

SMALL = Rendering(view_count=3, image_size=32, frames=6)


def coloured(one, red):
    colours = np.zeros((len(one.vertices), 3), np.float32)
    colours[:, 0] = red
    return dataclasses.replace(one, colours=colours)


def test_a_film_shows_every_frame_from_every_side_on_white():
    shown = film(listed([scan(expression=e) for e in (0, 6, 6)]), SMALL)
    assert shown.shape == (3, 3, 32, 32, 3) and shown.dtype == np.uint8
    assert (shown[:, :, 0, 0] == 255).all() and (shown[:, :, 16, 16] < 255).all()
    change = np.abs(shown.astype(int) - shown[0])
    # Only the bulge is shaded anew, and only once.
    assert change[1].max() > 20 and np.abs(shown[1].astype(int) - shown[2]).max() <= 1


def test_light_comes_from_above_the_left_shoulder():
    front = film(listed([scan()] * 2), SMALL)[0, 0].astype(float).sum(axis=2)
    # A symmetric head: its left half is the brighter one.
    assert front[8:24, 8:16].mean() > front[8:24, 16:24].mean() + 30


def test_scans_with_colours_are_shown_in_them():
    shown = film(listed([coloured(scan(), red) for red in (1.0, 0.5)]), SMALL)
    np.testing.assert_array_equal(shown[0, 0, 16, 16], [255, 0, 0])
    np.testing.assert_array_equal(shown[1, 0, 16, 16], [128, 0, 0])
    mixed = film(listed([coloured(scan(), 1.0), scan()]), SMALL)
    assert mixed[0, 0, 16, 16, 1] > 50


def test_clips_of_different_lengths_run_over_the_same_time():
    long, short = clip(0, count=5), clip(1, count=2)
    sheets = animate([long, short], SMALL, "Heads")
    assert len(sheets) == 5 and len({sheet.size for sheet in sheets}) == 1


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_what_is_written_moves_for_as_long_as_asked(tmp_path, suffix):
    sheets = animate([clip(0, count=4)], SMALL, "Heads")
    save_animation(sheets, tmp_path / "moving", suffix, 2.0)
    with Image.open(tmp_path / "moving") as moving:
        assert (moving.n_frames, moving.size, moving.format) == (4, sheets[0].size, suffix[1:].upper())
        durations = []
        for number in range(4):
            moving.seek(number)
            moving.load()
            durations.append(moving.info["duration"])
        assert sum(durations) == 2000


def test_a_single_scan_does_not_move():
    with pytest.raises(UserError, match=r"--out sheet\.png"):
        animate([clip(0, count=1)], SMALL, "Heads")
