import dataclasses

import numpy as np
import pytest
import trimesh
from PIL import Image

from smile.config import Rendering
from smile.data.face import Scan
from smile.errors import UserError
from smile.rendering.raster.cameras import HALF_EXTENT, cameras, look_from
from smile.rendering.raster.layers import LAYERS
from smile.rendering.raster.rasterize import rasterize
from tests.smile.rendering.faces import scan

BALL = trimesh.creation.icosphere(subdivisions=5, radius=60)
ROUND = Scan(BALL.vertices.astype(np.float32), BALL.faces.astype(np.int32))


def layer(one, name, camera=None, size=96):
    raster = rasterize(one, (look_from(0) if camera is None else camera)[None], size, (name,))
    return raster.layers[name][0], raster.mask[0]


def coloured():
    return dataclasses.replace(ROUND, colours=(ROUND.vertices / 120 + 0.5).astype(np.float32))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_its_planes_and_nothing_beside_the_face(name):
    picture, mask = layer(coloured(), name)
    assert picture.shape == (LAYERS[name].planes, 96, 96) and picture.dtype == np.float32
    assert (picture[:, ~mask] == 0).all() and picture[:, mask].any()


def test_normals_of_the_face_frame_do_not_turn_with_the_camera():
    for yaw, pitch in ((0, 0), (40, 0), (-60, 30)):
        camera = look_from(yaw, pitch)
        axes = camera[:3, :3] * [[HALF_EXTENT], [HALF_EXTENT], [1]]
        in_face, in_camera = layer(ROUND, "face_normals", camera)[0], layer(ROUND, "normals", camera)[0]
        np.testing.assert_allclose(np.einsum("ij,jhw->ihw", axes, in_face), in_camera, atol=1e-5)
    depth, mask = layer(ROUND, "depth")
    np.testing.assert_allclose(layer(ROUND, "face_normals")[0][2][mask], depth[0][mask] / 60, atol=0.02)


@pytest.mark.parametrize(("turn", "index"), [(1, 1.0), (-1, 1.0)])
def test_a_ball_is_a_cap_of_its_radius_whichever_way_it_is_wound(turn, index):
    # Seen from outside it is convex; wound the other way it shows its back, turned over.
    wound = dataclasses.replace(ROUND, triangles=ROUND.triangles[:, ::turn])
    picture, mask = layer(wound, "shape_index")
    assert np.median(picture[0][mask]) == pytest.approx(index, abs=0.03)
    assert np.median(layer(wound, "curvedness")[0][0][mask]) == pytest.approx(1 / 60, rel=0.02)


def test_the_inside_of_a_ball_is_a_cup():
    hollow = dataclasses.replace(ROUND, triangles=ROUND.triangles[ROUND.vertices[ROUND.triangles, 2].max(axis=1) < -5])
    picture, mask = layer(hollow, "shape_index")
    assert np.median(picture[0][mask]) == pytest.approx(-1, abs=0.03)


def test_colours_of_vertices_are_mixed():
    picture, mask = layer(coloured(), "colour")
    depth = layer(ROUND, "depth")[0][0]
    np.testing.assert_allclose(picture[2][mask], depth[mask] / 120 + 0.5, atol=0.01)


@pytest.mark.parametrize("projection", ["orthographic", "perspective"])
def test_texture_lies_where_its_coordinates_say(tmp_path, projection):
    # A slanted square textured with a ramp: colours tell the place, which no linear mix on the picture would.
    ramp = np.zeros((256, 256, 3), np.uint8)
    ramp[:, :, 0], ramp[:, :, 1] = np.arange(256), np.arange(256)[::-1, None]
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    corners = np.array([[-70, -70, -60], [70, -70, 60], [70, 70, 60], [-70, 70, -60]], dtype=np.float32)
    uv = np.array([[1, 1], [0, 1], [0, 0], [1, 0]], dtype=np.float32)
    square = Scan(
        corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), None, uv, np.array([[2, 3, 0], [2, 0, 1]], np.int32)
    )
    square = dataclasses.replace(square, texture=tmp_path / "ramp.png")
    camera = cameras(Rendering(view_count=1, projection=projection, distance=300.0))[0]
    picture, mask = layer(square, "colour", camera)
    depth = layer(square, "depth", camera)[0][0]
    # On the square x = 70 / 60 of the height, and the ramp grows with x.
    np.testing.assert_allclose(picture[0][mask], np.clip((depth[mask] / 60 + 1) / 2, 0.002, 0.998), atol=0.004)
    assert picture[2].max() == 0 and picture[1][:48][mask[:48]].mean() > picture[1][48:][mask[48:]].mean()


def test_a_scan_without_what_a_layer_shows_is_refused(tmp_path):
    with pytest.raises(UserError, match="no colour"):
        layer(scan(), "colour")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    uv = np.zeros((3, 2), np.float32)
    textured = dataclasses.replace(ROUND, texture=tmp_path / "a.png", uv=uv)
    with pytest.raises(UserError, match="do not fit"):
        layer(textured, "colour")
    with pytest.raises(UserError, match="do not fit"):
        layer(dataclasses.replace(textured, triangles_uv=ROUND.triangles[1:] * 0), "colour")
    with pytest.raises(UserError, match="not finite"):
        layer(dataclasses.replace(textured, triangles_uv=ROUND.triangles * 0, uv=uv * np.nan), "colour")
    with pytest.raises(UserError, match="10242 vertices, but colours of shape"):
        layer(dataclasses.replace(ROUND, colours=np.zeros((5, 3), np.float32)), "colour")
