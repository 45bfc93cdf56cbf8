from dataclasses import replace

import numpy as np
import pytest

from smile.config import Rendering
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.motion.channels import CHANNELS, layers_of, name_planes, paint
from smile.rendering.motion.course import Course
from smile.rendering.motion.film import Film, assemble
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize
from tests.smile.rendering.faces import mesh

MOTION = [name for name in CHANNELS if name.startswith(("movement", "rank", "exact", "difference"))]


@pytest.fixture(scope="module")
def film():
    return draw((0, 1.5, 3, 4.5, 6, 3, 0), 48)


def draw(expressions, size):
    heads = [Scan(*mesh(expression=e, step=4.5)) for e in expressions]
    heads = [replace(head, colours=np.full(head.vertices.shape, 0.4, np.float32)) for head in heads]
    return assemble([rasterize(head, cameras(Rendering()), size, layers_of(list(CHANNELS))) for head in heads], 3)


def flat_film(heights, tilt=0.0):
    """A film of single pixels that stand at these heights in mm; the last frame is the apex."""
    depth = np.array(heights, dtype=np.float32).reshape(-1, 1, 1, 1, 1)
    angle = np.linspace(0, tilt, len(depth))
    normals = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1).astype(np.float32).reshape(-1, 1, 3, 1, 1)
    return Film(
        {"depth": depth, "normals": normals},
        np.ones(depth.shape, dtype=bool),
        0,
        len(depth) - 1,
        Course(np.linspace(0, 1, len(depth)), False),
        keys=(0, len(depth) - 1),
    )


def test_channels_stack_in_the_order_of_their_names(film):
    names = ("rank_normals", "depth", "difference_depth", "normals")
    assert len(name_planes(names)) == 8
    painted = paint(names, film)
    assert painted.shape == (3, 8, 48, 48) and painted.dtype == np.uint8
    at = 0
    for name in names:
        planes = name_planes(names).count(name)
        np.testing.assert_array_equal(painted[:, at : at + planes], paint((name,), film))
        at += planes


def test_a_misspelt_channel_names_the_closest():
    with pytest.raises(UserError, match="did you mean 'rank_depth'"):
        name_planes(["depth", "rank_dept"])
    with pytest.raises(UserError, match="empty"):
        name_planes([])


def test_pixels_have_the_documented_ranges():
    film = flat_film([0, 2, 4], tilt=0.3)
    assert paint(["depth"], film).item() == 128 + round(4 * 255 / 160)
    assert paint(["mask"], film).item() == 255
    assert paint(["difference_depth"], film).item() == paint(["rank_depth"], film).item() == 128 + 12 * 4
    assert paint(["movement_depth"], film).item() == 128 + 12 * 4
    np.testing.assert_array_equal(
        paint(["normals"], film).ravel(), np.rint(128 + 127 * np.array([np.sin(0.3), 0, np.cos(0.3)]))
    )
    np.testing.assert_array_equal(
        paint(["difference_normals"], film).ravel(), np.rint(128 + 180 * np.array([np.sin(0.3), 0, np.cos(0.3) - 1]))
    )


@pytest.mark.parametrize(("height", "pixel"), [(50, 255), (-50, 0)])
def test_large_motion_clips_and_does_not_wrap(height, pixel):
    assert paint(["difference_depth"], flat_film([0, height])).item() == pixel


def test_the_background_has_its_own_value(film):
    background = ~film.mask[film.apex]
    for name in CHANNELS:
        painted = paint([name], film)
        hidden = np.broadcast_to(background, painted.shape)
        assert (painted[hidden] == CHANNELS[name].background).all()
    np.testing.assert_array_equal(paint(["mask"], film)[:, 0] == 255, film.mask[film.apex][:, 0])


def test_motion_appears_where_the_face_moved(film):
    mouth, forehead = (slice(34, 40), slice(16, 32)), (slice(5, 12), slice(16, 32))
    for name in MOTION:
        front = np.abs(paint([name], film)[0].astype(int) - 128).max(axis=0)
        assert front[mouth].max() > 15 and front[forehead].max() <= 1, name


def test_a_static_clip_shows_no_motion():
    still = draw([0], 32)
    assert (paint(MOTION, still) == 128).all()
    assert (paint(["normals"], still) != 128).any()


def test_what_comes_after_the_apex_does_not_change_the_pictures(film):
    cut = film.apex + 1
    short = Film(
        {name: layer[:cut] for name, layer in film.layers.items()},
        film.mask[:cut],
        film.onset,
        film.apex,
        film.course,
        film.start,
        film.keys,
    )
    until_apex = [name for name in CHANNELS if not name.startswith("movement")]
    np.testing.assert_array_equal(paint(until_apex, short), paint(until_apex, film))
