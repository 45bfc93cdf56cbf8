import os

import numpy as np
import pytest
from PIL import Image

from smile.errors import BadFile
from smile.rendering.raster.texture import look_up_colours, read_texture


def test_a_place_takes_its_colour_from_the_four_pixels_around_it():
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    rows, columns = np.mgrid[0:5, 0:7]
    middles = np.stack([(columns.ravel() + 0.5) / 7, 1 - (rows.ravel() + 0.5) / 5]).astype(np.float32)
    np.testing.assert_allclose(look_up_colours(picture, middles), picture.reshape(-1, 3).T / 255, atol=1e-4)
    # A quarter of the way from one column to the next, half of the way between two rows.
    between = look_up_colours(picture, np.array([[2.75 / 7], [1 - 3 / 5]], dtype=np.float32))[:, 0] * 255
    wanted = (0.75 * picture[2:4, 2].astype(float) + 0.25 * picture[2:4, 3]).mean(axis=0)
    np.testing.assert_allclose(between, wanted, atol=0.01)


def test_beyond_the_border_is_the_borders_colour():
    picture = np.random.default_rng(1).integers(0, 256, (3, 3, 3)).astype(np.uint8)
    corners = np.array([[-2, 2, 0, 1], [2, 2, 0, 0]], dtype=np.float32)
    wanted = picture[[0, 0, 2, 2], [0, 2, 0, 2]].T / 255
    np.testing.assert_allclose(look_up_colours(picture, corners), wanted, atol=1e-6)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "RGBA"])
def test_any_kind_of_picture_becomes_red_green_blue(tmp_path, mode):
    Image.new("RGB", (6, 4), (255, 255, 255)).convert(mode).save(tmp_path / "a.png")
    read = read_texture(tmp_path / "a.png")
    assert read.shape == (4, 6, 3) and read.dtype == np.uint8 and (read == 255).all()


def test_a_picture_that_changed_is_read_again(tmp_path):
    file = tmp_path / "a.png"
    for grey, time in ((10, 1), (200, 2)):
        Image.new("RGB", (2, 2), (grey,) * 3).save(file)
        # The clock of a file system may be too coarse to tell two writes apart.
        os.utime(file, (time, time))
        assert (read_texture(file) == grey).all()


def test_a_picture_that_cannot_be_read_is_named(tmp_path):
    cut = tmp_path / "cut.png"
    Image.effect_noise((64, 64), 50).save(cut)
    cut.write_bytes(cut.read_bytes()[:200])
    (tmp_path / "text.jpg").write_text("no picture")
    for name in ("cut.png", "text.jpg", "absent.png"):
        with pytest.raises(BadFile, match=f"{name}: cannot be read as a picture.*copy the file again"):
            read_texture(tmp_path / name)
