"""Colours, texture coordinates and pictures of meshes are kept, or said to be left out."""

import os

import numpy as np
import pytest
import trimesh
from PIL import Image

from smile.data.formats.bnd import read_bnd
from smile.data.formats.bndplus import read_bndplus
from smile.data.formats.lm import read_lm3
from smile.data.formats.mesh import read_mesh
from smile.errors import BadFile
from tests.smile.data.formats import mutants
from tests.smile.data.formats.test_mesh import POINTS, RED, TEXTS, TRIANGLES, VERTICES, ply_head, save


@pytest.mark.parametrize("suffix", [".ply", ".off", ".glb", ".obj"])
def test_colours_of_vertices_are_kept_from_every_format_that_has_them(tmp_path, suffix):
    mesh = trimesh.Trimesh(VERTICES, TRIANGLES, vertex_colors=RED, process=False)
    if suffix == ".off":
        rows = "".join(f"{a} {b} {c} {r} {g} {u} 255\n" for (a, b, c), (r, g, u) in zip(VERTICES, RED, strict=True))
        save(tmp_path / "a.off", f"COFF\n4 2 0\n{rows}3 0 1 2\n3 0 2 3\n")
    else:
        mesh.export(tmp_path / f"a{suffix}")
    scan = read_mesh(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(scan.colours, RED / 255, atol=2e-3)
    text = ply_head(
        more="".join(f"property {kind} {name}\n" for name in ("red", "green", "blue") for kind in ["uchar"])
    )
    dark = text + "".join(f"{point} 1 1 0\n" for point in POINTS.splitlines()) + "3 0 1 2\n3 0 2 3\n"
    np.testing.assert_allclose(read_mesh(save(tmp_path / "dark.ply", dark)).colours[0], np.array([1, 1, 0]) / 255)


@pytest.mark.parametrize("suffix", [".ply", ".off", ".stl", ".glb"])
def test_a_vertex_that_is_no_point_matters_only_to_the_faces_that_use_it(tmp_path, suffix):
    for word in ("nan", "-nan(ind)", "1e300"):
        for name, content in TEXTS.items():
            if name != suffix:
                continue
            head = content.replace("vertex 4", "vertex 5").replace("\n4 2 0", "\n5 2 0").replace("of 4", "of 5")
            loose = head.replace("0 30 .5\n", f"0 30 .5\n{word} {word} 1\n")
            scan = read_mesh(save(tmp_path / f"a{suffix}", loose))
            assert (len(scan.vertices), scan.triangles.tolist()) == (4, TRIANGLES.tolist())
            with pytest.raises(BadFile, match="vertex 1: it is not finite or farther than 1e"):
                read_mesh(save(tmp_path / f"a{suffix}", content.replace("40 0 0", f"40 {word} 0")))
    if suffix in (".stl", ".glb"):
        trimesh.Trimesh(VERTICES * [1, np.nan, 1], TRIANGLES, process=False).export(tmp_path / f"a{suffix}")
        with pytest.raises(BadFile, match="is not finite"):
            read_mesh(tmp_path / f"a{suffix}")


def test_texture_coordinates_and_the_picture_of_a_ply_are_read(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "Skin.PNG")
    head = ply_head(more="property float s\nproperty float t\n").replace("obj_info x", "comment TextureFile skin.png")
    rows = "".join(f"{point} 0.{k} 1\n" for k, point in enumerate(POINTS.splitlines()))
    scan = read_mesh(save(tmp_path / "a.ply", head + rows + "3 0 1 2\n3 0 2 3\n"))
    np.testing.assert_allclose(scan.uv[:, 0], [0, 0.1, 0.2, 0.3], atol=1e-6)
    assert scan.texture == tmp_path / "Skin.PNG" and scan.triangles_uv.tolist() == TRIANGLES.tolist()
    face = "property list uchar int vertex_indices\nproperty list uchar float texcoord"
    lines = "3 0 1 2 6 0 0 1 0 1 1\n3 0 2 3 6 0 0 1 1 0 nan\n"
    scan = read_mesh(save(tmp_path / "b.ply", ply_head(face=face) + POINTS + lines.replace("nan", "1")))
    assert scan.uv[scan.triangles_uv[1, 2]].tolist() == [0, 1]
    spoilt = read_mesh(save(tmp_path / "b.ply", ply_head(face=face) + POINTS + lines))
    assert spoilt.uv is None and "no number" in spoilt.left_out


def test_colours_of_faces_are_said_to_be_left_out(tmp_path):
    colours = "".join(f"\nproperty uchar {name}" for name in ("red", "green", "blue"))
    head = ply_head(face=f"property list uchar int vertex_indices{colours}")
    scan = read_mesh(save(tmp_path / "a.ply", head + POINTS + "3 0 1 2 9 9 9\n3 0 2 3 1 1 1\n"))
    assert scan.colours is None and "those of faces" in scan.left_out
    assert scan.triangles.tolist() == TRIANGLES.tolist()


@pytest.mark.parametrize(
    ("faces", "coloured"),
    [
        ("3 0 1 2\n3 0 2 3\n", False),
        ("3 0 1 2 9 9 9\n3 0 2 3 1 1 1\n", True),
        ("3 0 1 2\n3 0 2 3 1 1 1\n", True),  # one face alone
        ("4 0 1 2 3 7\n3 0 2 3\n", True),  # a number of a palette
    ],
)
def test_colours_of_the_faces_of_an_off_are_said_to_be_left_out(tmp_path, faces, coloured):
    head = "4 2 0\n"
    scan = read_mesh(save(tmp_path / "a.off", f"OFF\n{head}{POINTS}{faces}"))
    assert ("those of faces" in scan.left_out) == coloured
    rows = "".join(f"{point} 255 0 0 255\n" for point in POINTS.splitlines())
    assert read_mesh(save(tmp_path / "b.off", f"COFF\n{head}{rows}{faces}")).left_out == ""


def test_colours_of_the_facets_of_an_stl_are_said_to_be_left_out(tmp_path):
    trimesh.Trimesh(VERTICES, TRIANGLES, process=False).export(tmp_path / "a.stl")
    plain = (tmp_path / "a.stl").read_bytes()
    assert read_mesh(tmp_path / "a.stl").left_out == ""
    red = plain[:132] + (1 << 15 | 31 << 10).to_bytes(2, "little") + plain[134:]  # as VisCAM writes it
    scan = read_mesh(save(tmp_path / "b.stl", red))
    assert "those of faces" in scan.left_out and len(scan.triangles) == 2


def glb_with_pictures(path, *sizes):
    scene = trimesh.Scene()
    for number, size in enumerate(sizes):
        picture = Image.new("RGB", (4, 4), (10 * number, 0, 0))
        uv = np.full((len(VERTICES), 2), 0.25 * (number + 1))
        material = trimesh.visual.material.PBRMaterial(baseColorTexture=picture)
        visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
        scene.add_geometry(trimesh.Trimesh(VERTICES + number, TRIANGLES[:size], visual=visual, process=False))
    scene.export(path)


def test_the_picture_inside_a_glb_is_kept(tmp_path):
    glb_with_pictures(tmp_path / "a.glb", 2)
    scan = read_mesh(tmp_path / "a.glb")
    with Image.open(scan.texture) as picture:
        assert picture.getpixel((0, 0)) == (0, 0, 0) and picture.size == (4, 4)
    np.testing.assert_allclose(scan.uv, 0.25, atol=1e-6)
    glb_with_pictures(tmp_path / "b.glb", 1, 2)
    several = read_mesh(tmp_path / "b.glb")
    with Image.open(several.texture) as picture:
        assert picture.getpixel((0, 0)) == (10, 0, 0)
    assert "several pictures: the one that 67 % of the faces have" in several.left_out
    assert len(several.triangles) == 3 and sorted({float(u) for u in several.uv[:, 0]}) == [0.25, 0.5]


@pytest.mark.parametrize("name", ["a.ply", "b.ply", "a.off", "a.glb"])
def test_no_mutant_of_a_counted_format_crashes_hangs_or_fills_memory(tmp_path, name):
    mesh = mutants.textured_mesh(False)
    made = trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False)
    content = made.export(file_type=name[2:], **({"encoding": "ascii"} if name == "a.ply" else {}))
    content = content.encode() if isinstance(content, str) else content
    kinds = mutants.TEXT if name in ("a.ply", "a.off") else mutants.BINARY
    seen = mutants.survey(tmp_path / name, content, kinds, read_mesh, mutants.faults_of_scan)
    assert seen["refused"] > 0


@pytest.mark.parametrize("suffix", [".ply", ".off", ".stl", ".glb", ".obj", ".wrl", ".bnt", ".bnd", ".bndplus", ".lm3"])
def test_what_is_no_file_is_not_waited_for_and_what_is_too_large_is_not_read(tmp_path, suffix):
    read = {".bnd": read_bnd, ".bndplus": read_bndplus, ".lm3": read_lm3}.get(suffix, read_mesh)
    os.mkfifo(tmp_path / f"a{suffix}")
    with pytest.raises(BadFile, match="cannot be read: a pipe, no file"):
        read(tmp_path / f"a{suffix}")
    with (tmp_path / f"b{suffix}").open("wb") as sparse:
        sparse.truncate(5 * 2**30)
    with pytest.raises(BadFile, match=r"goes on to 5,368,709,120 bytes; [\d,]+ are allowed"):
        read(tmp_path / f"b{suffix}")
    (tmp_path / f"c{suffix}").symlink_to("/dev/zero")
    with pytest.raises(BadFile, match="a device, no file"):
        read(tmp_path / f"c{suffix}")
    save(tmp_path / f"d{suffix}", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n")
    with pytest.raises(BadFile, match="a pointer of Git LFS"):
        read(tmp_path / f"d{suffix}")
