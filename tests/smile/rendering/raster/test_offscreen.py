import subprocess
import sys

import numpy as np
import pytest

from smile.config import Rendering
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.clip_pictures import render_clip
from smile.rendering.raster import offscreen
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.engines import choose_engine
from smile.rendering.raster.layers import LAYERS
from smile.rendering.raster.rasterize import rasterize
from tests.smile.rendering.faces import clip, mesh, random_pose, scan

ALL_VIEWS = cameras(Rendering(view_count=7))
RADIUS = 100.0  # mm, of a head


@pytest.fixture(scope="module", autouse=True)
def needs_egl():
    try:
        offscreen.rasterize_with_opengl(scan(), ALL_VIEWS[:1], 8)
    except UserError as error:
        pytest.skip(str(error))


def dense(seed):
    """A rough head in a random pose, some triangles seen from behind, most of them smaller than a pixel."""
    points, triangles = mesh(step=1.5)
    rng = np.random.default_rng(seed)
    turn, _ = random_pose(seed, 25)
    return Scan((turn.apply(points) + 0.3 * rng.standard_normal(points.shape)).astype(np.float32), triangles)


@pytest.mark.parametrize("projection", ["orthographic", "perspective"])
@pytest.mark.parametrize("size", [64, 224])
def test_both_engines_draw_the_same_pictures(projection, size):
    setting = Rendering(view_count=7, projection=projection)
    one, other = (draw(dense(3), cameras(setting), size) for draw in (rasterize, offscreen.rasterize_with_opengl))
    both = one.mask & other.mask
    assert both.sum() / (one.mask | other.mask).sum() >= 0.999
    assert np.median(np.abs(one.layers["depth"] - other.layers["depth"])[:, 0][both]) < 1e-4 * RADIUS
    cosine = (one.layers["normals"] * other.layers["normals"]).sum(axis=1)[both]
    assert np.degrees(np.arccos(np.clip(np.median(cosine), -1, 1))) < 1
    assert one.mask.mean() > 0.2


def test_every_layer_has_the_same_shape_and_meaning():
    painted = Scan(*mesh(), colours=np.random.default_rng(0).random((len(mesh()[0]), 3)).astype(np.float32))
    one, other = (
        draw(painted, ALL_VIEWS[:3], 48, tuple(LAYERS)) for draw in (rasterize, offscreen.rasterize_with_opengl)
    )
    for name in LAYERS:
        assert other.layers[name].shape == one.layers[name].shape and other.layers[name].dtype == np.float32
        assert np.median(np.abs(one.layers[name] - other.layers[name])) < 1e-4, name
        assert not other.layers[name][np.broadcast_to(~other.mask[:, None], other.layers[name].shape)].any()


def test_a_scan_after_another_shows_nothing_of_it():
    small = Scan(mesh()[0] * np.float32(0.3), mesh()[1])
    alone = offscreen.rasterize_with_opengl(small, ALL_VIEWS[:2], 32)
    offscreen.rasterize_with_opengl(scan(), ALL_VIEWS, 48)
    again = offscreen.rasterize_with_opengl(small, ALL_VIEWS[:2], 32)
    np.testing.assert_array_equal(alone.mask, again.mask)
    np.testing.assert_array_equal(alone.layers["depth"], again.layers["depth"])


@pytest.mark.parametrize("cull", [False, True])
def test_backs_are_culled_when_asked(cull):
    turned = Scan(mesh()[0], np.ascontiguousarray(mesh()[1][:, ::-1]))
    one, other = (
        draw(turned, ALL_VIEWS[:1], 32, cull_back_faces=cull) for draw in (rasterize, offscreen.rasterize_with_opengl)
    )
    np.testing.assert_array_equal(one.mask, other.mask)
    assert one.mask.any() == (not cull)


def test_mistakes_are_the_same_errors():
    with pytest.raises(UserError, match="unknown layer"):
        offscreen.rasterize_with_opengl(scan(), ALL_VIEWS, 16, ("dept",))
    with pytest.raises(UserError, match="pixels"):
        offscreen.rasterize_with_opengl(scan(), ALL_VIEWS, 0)
    empty = offscreen.rasterize_with_opengl(Scan(mesh()[0], np.zeros((0, 3), np.int32)), ALL_VIEWS[:2], 16)
    assert not empty.mask.any() and empty.mask.shape == (2, 16, 16)


def test_a_clip_is_drawn_by_the_engine_of_the_settings():
    small = Rendering(image_size=32, frames=3)
    one = render_clip(clip(1), small).images
    other = render_clip(clip(1), Rendering(image_size=32, frames=3, engine="pyrender")).images
    assert (np.abs(one.astype(int) - other) > 2).mean() < 0.002 and np.ptp(one) > 50


def test_a_device_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setenv("EGL_DEVICE_ID", "77")
    with pytest.raises(UserError, match="EGL_DEVICE_ID is '77'; choose 0 to"):
        offscreen._choose_device()
    monkeypatch.setenv("EGL_DEVICE_ID", "0")
    assert offscreen._choose_device() is not None


def test_auto_is_a_graphics_card_or_numba():
    assert choose_engine("auto") == ("pyrender" if offscreen.has_hardware() else "numba")


@pytest.mark.slow
def test_a_machine_without_egl_is_told_what_to_install():
    program = (
        "import sys; sys.modules['pyrender.platforms.egl'] = None\n"
        "from smile.rendering.raster import offscreen; from tests.smile.rendering.faces import scan\n"
        "from smile.errors import UserError\n"
        "assert not offscreen.has_hardware()\n"
        "try: offscreen.rasterize_with_opengl(scan(), __import__('numpy').eye(4)[None], 8)\n"
        "except UserError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "libegl1 libgl1 libgles2 libegl-mesa0" in said and "engine numba" in said


@pytest.mark.slow
def test_the_default_engine_never_imports_pyrender():
    program = (
        "import sys; from smile.config import Rendering; from tests.smile.rendering.faces import clip\n"
        "from smile.rendering.clip_pictures import render_clip\n"
        "render_clip(clip(0), Rendering(image_size=16, frames=2))\n"
        "assert not {'pyrender', 'OpenGL'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
