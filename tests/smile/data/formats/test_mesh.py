"""Meshes of every format are read by their suffix, and what trimesh lets pass is refused."""

import numpy as np
import pytest
import trimesh

from smile.data.face import Scan
from smile.data.formats.mesh import read_mesh
from smile.data.formats.vrml import write_vrml
from smile.errors import BadFile
from tests.smile.data.formats import mutants

VERTICES = np.array([[0, 0, 5], [40, 0, 0], [40, 30, 0], [0, 30, 0.5]], np.float32)
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
PLY_HEAD = (
    "ply\nformat ascii 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n"
    "element face {}\nproperty list uchar int vertex_indices\nend_header\n"
)


def solid(scan):
    """The triangles as points, whatever order and number the vertices have."""
    return np.sort(scan.vertices[scan.triangles].reshape(len(scan.triangles), -1), axis=0)


def write(path):
    mesh = trimesh.Trimesh(VERTICES, TRIANGLES, process=False)
    if path.suffix == ".wrl":
        write_vrml(path, Scan(VERTICES, TRIANGLES), "")
    else:
        mesh.export(path)
    return path


@pytest.mark.parametrize("suffix", [".obj", ".wrl", ".ply", ".off", ".stl", ".glb", ".PLY"])
def test_every_format_gives_the_same_surface(tmp_path, suffix):
    path = write(tmp_path / f"a{suffix.lower()}")
    scan = read_mesh(path.rename(tmp_path / f"b{suffix}"))
    assert (scan.vertices.dtype, scan.triangles.dtype) == (np.float32, np.int32)
    assert len(scan.vertices) == 4
    np.testing.assert_allclose(solid(scan), solid(Scan(VERTICES, TRIANGLES)), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.ply", PLY_HEAD.format(3, 1) + "0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n", "outside 0..2"),
        ("a.ply", PLY_HEAD.format(3, 1) + "0 0 0\n1 0 0\n0 1 0\n3 0 1 -1\n", "outside 0..2"),
        ("a.ply", PLY_HEAD.format(3, 1) + "0 0 nan\n1 0 0\n0 1 0\n3 0 1 2\n", "not finite"),
        ("a.ply", PLY_HEAD.format(3, 1) + "0 0 1e7\n1 0 0\n0 1 0\n3 0 1 2\n", "farther than"),
        ("a.ply", PLY_HEAD.format(3, 0) + "0 0 0\n1 0 0\n0 1 0\n", "no triangles"),
        ("a.ply", "", "is no ply mesh"),
        ("a.off", "OFF\n1 0 0\n0 0 0\n", "no triangles|is no off mesh"),
        ("a.obj", "no mesh at all", "no triangles|is no obj mesh|.*"),
        ("a.glb", "glTF", "is no glb mesh"),
        ("a.txt", "v 0 0 0", "no mesh format"),
        ("a.zip", "PK", "no mesh format"),
        ("a", "v 0 0 0", "no mesh format"),
    ],
)
def test_what_cannot_be_a_face_is_refused_with_the_file_s_name(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(BadFile, match=says) as caught:
        read_mesh(path)
    assert caught.value.file == path


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".wrl"])
def test_a_missing_file_is_named(tmp_path, suffix):
    with pytest.raises(BadFile, match=f"gone{suffix}"):
        read_mesh(tmp_path / f"gone{suffix}")


@pytest.mark.parametrize("suffix", [".ply", ".off", ".stl", ".glb"])
def test_no_mutant_crashes_or_passes_for_a_good_scan(tmp_path, suffix):
    path = write(tmp_path / f"a{suffix}")
    kinds = mutants.TEXT if suffix == ".off" else mutants.BINARY
    refused = 0
    for _, damaged in mutants.mutants(path.read_bytes(), kinds):
        path.write_bytes(damaged)
        try:
            scan = read_mesh(path)
        except BadFile as error:
            assert error.file == path and error.reason
            refused += 1
            continue
        assert np.abs(scan.vertices).max() <= 1e6
        assert len(scan.triangles) and scan.triangles.min() >= 0 and scan.triangles.max() < len(scan.vertices)
    assert refused
