"""An STL file is read as trimesh reads it, with equal points made one, and refused where a part is missing."""

import numpy as np
import pytest
import trimesh

from smile.data.formats.mesh import read_mesh
from smile.data.formats.packed.stl import merge_points, read_stl
from smile.errors import BadFile
from tests.smile.data.formats import mutants


@pytest.fixture(scope="module")
def ball():
    found = trimesh.creation.icosphere(subdivisions=3, radius=80)
    found.vertices = found.vertices.astype(np.float32)
    return found


@pytest.mark.parametrize("kind", ["stl", "stl_ascii"])
def test_the_surface_is_that_of_trimesh(tmp_path, ball, kind):
    content = ball.export(file_type=kind)
    path = tmp_path / "a.STL"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    scan = read_mesh(path)
    assert (scan.vertices.dtype, scan.triangles.dtype) == (np.float32, np.int32)
    assert len(scan.vertices) == len(ball.vertices) and scan.triangles.shape == ball.faces.shape
    np.testing.assert_allclose(scan.vertices[scan.triangles], ball.triangles, atol=1e-5)
    assert scan.left_out == "" and scan.texture is scan.uv is scan.colours is None
    assert trimesh.Trimesh(scan.vertices, scan.triangles, process=False).is_watertight


def test_equal_points_are_one_in_the_order_in_which_each_first_comes():
    rng = np.random.default_rng(0)
    points = rng.integers(-2, 2, (5000, 3)).astype(np.float32)
    points[::7] *= -1  # with zeros of both signs
    found, numbers = merge_points(points.copy())
    np.testing.assert_array_equal(found[numbers], points)
    assert len(found) == len(np.unique(points, axis=0))
    assert (np.maximum.accumulate(numbers) == numbers)[np.unique(numbers, return_index=True)[1]].all()
    np.testing.assert_array_equal(np.unique(numbers), np.arange(len(found)))


TEXT = """solid vertex 1 facet
 facet normal 0 0 1
  outer loop
   vertex 0 0 5
   VERTEX 40 0 0
   vertex 4e1 30 -0.0
  endloop
 endfacet
endsolid"""


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_text_may_end_its_lines_in_any_way(tmp_path, ends):
    (tmp_path / "a.stl").write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", ends).encode() + b"\x1a")
    np.testing.assert_array_equal(read_stl(tmp_path / "a.stl").vertices, [[0, 0, 5], [40, 0, 0], [40, 30, 0]])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("vertex 0 0 5", "vertex 0 x 5", r"byte \d+: 'vertex 0 x 5' is no point"),
        ("   vertex 0 0 5\n", "", "lacks a part of a facet"),
        (" endfacet\n", "", "lacks a part of a facet"),
        ("endsolid", "", "ends before endsolid"),
        ("vertex 0 0 5", "vertex 0 nan 5", "not finite"),
        ("vertex 0 0 5", "vertex 0 1e300 5", "not finite"),
        ("vertex 0 0 5", "vertex 0 1e7 5", "farther than"),
        (TEXT[21:], "\n facet\nendsolid", "no triangles"),
        ("solid", "liquid", "its head states"),
        (TEXT, "", "its head states 0 triangles, which take 84 bytes, and there are 0"),
        (TEXT, "\0" * 84, "no triangles"),
        (TEXT, "\0" * 83, "its head states"),
    ],
)
def test_what_is_no_whole_stl_is_refused(tmp_path, old, new, says):
    assert old in TEXT
    (tmp_path / "a.stl").write_text(TEXT.replace(old, new, 1))
    with pytest.raises(BadFile, match=says):
        read_stl(tmp_path / "a.stl")


def test_a_text_mutant_is_one_error_or_a_sound_surface(tmp_path):
    path, refused = tmp_path / "a.stl", 0
    for _, damaged in mutants.mutants(TEXT.encode(), mutants.TEXT):
        path.write_bytes(damaged)
        try:
            scan = read_stl(path)
        except BadFile as error:
            assert error.file == path and error.reason
            refused += 1
            continue
        assert np.abs(scan.vertices).max() <= 1e6 and scan.triangles.max() < len(scan.vertices)
    assert refused
