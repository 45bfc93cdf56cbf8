"""Meshes of every format are read by their suffix, and what trimesh lets pass is refused."""

import struct

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


def ply_head(kind="ascii", vertices=4, faces=2, more="", face="property list uchar int vertex_indices"):
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    return (
        f"ply\r\nformat {kind} 1.0\ncomment of {vertices}\nobj_info x\nelement vertex {vertices}\n{axes}{more}"
        f"element face {faces}\n{face}\nend_header\n"
    )


POINTS = "0 0 5\n40 0 0\n40 30 0\n0 30 .5\n"
TEXTS = {
    ".ply": ply_head() + POINTS + "3 0 1 2\n3 0 2 3\n",
    ".off": "OFF # a face\n4 2 0\n" + POINTS + "3 0 1 2\n3 0 2 3\n",
}


def save(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def binary_ply(order=">", faces=((3, 0, 1, 2), (3, 0, 2, 3)), extra=b""):
    kind = {">": "binary_big_endian", "<": "binary_little_endian"}[order]
    rows = b"".join(struct.pack(f"{order}B{len(face) - 1}i", *face) for face in faces)
    return ply_head(kind, faces=len(faces)).encode() + VERTICES.astype(f"{order}f4").tobytes() + rows + extra


@pytest.mark.parametrize("content", [*TEXTS.values(), binary_ply("<"), binary_ply(">")])
def test_text_and_binary_give_the_same_surface(tmp_path, content):
    suffix = ".off" if content == TEXTS[".off"] else ".ply"
    scan = read_mesh(save(tmp_path / f"a{suffix}", content))
    np.testing.assert_array_equal(scan.vertices, VERTICES)
    assert scan.triangles.tolist() == TRIANGLES.tolist()
    assert (scan.vertices.dtype, scan.triangles.dtype) == (np.float32, np.int32)


@pytest.mark.parametrize("suffix", [".ply", ".off"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_cut_text_is_never_read_as_a_whole_scan(tmp_path, suffix, end):
    content = TEXTS[suffix].replace("\r\n", "\n").replace("\n", end).encode()
    last = len(content.rstrip()) - 1  # the last number has one digit
    for size in range(last):
        with pytest.raises(BadFile) as caught:
            read_mesh(save(tmp_path / f"a{suffix}", content[:size]))
        assert caught.value.place and caught.value.remedy
    for more in (b"3 0 1 2\n", b"1\n"):
        with pytest.raises(BadFile, match="states"):
            read_mesh(save(tmp_path / f"a{suffix}", content + more))
    for mark in (
        b"\xef\xbb\xbf" + content,
        content + b"\x1a",
        content.decode().encode("utf-16") if suffix == ".off" else content,
    ):
        assert len(read_mesh(save(tmp_path / f"a{suffix}", mark)).triangles) == 2


@pytest.mark.parametrize("suffix", [".ply", ".stl", ".glb"])
def test_a_binary_file_of_another_length_is_told_by_its_head(tmp_path, suffix):
    content = write(tmp_path / f"a{suffix}").read_bytes()
    for damaged in (content[:-1], content[:-20], content + b"\0" * 12):
        with pytest.raises(BadFile, match="head states") as caught:
            read_mesh(save(tmp_path / f"b{suffix}", damaged))
        assert caught.value.place


def test_a_text_stl_ends_with_its_last_word(tmp_path):
    text = trimesh.Trimesh(VERTICES, TRIANGLES, process=False).export(file_type="stl_ascii").encode()
    assert len(read_mesh(save(tmp_path / "a.stl", text)).triangles) == 2
    for size in (len(text) // 2, text.rindex(b"endsolid"), text.rindex(b"facet")):
        with pytest.raises(BadFile, match=r"ends before endsolid|head states"):
            read_mesh(save(tmp_path / "a.stl", text[:size]))


POLYGONS = ((4, 0, 1, 2, 3), (3, 0, 1, 2), (5, 0, 1, 2, 3, 1))
FANS = [[0, 1, 2], [0, 2, 3], [0, 1, 2], [0, 1, 2], [0, 2, 3], [0, 3, 1]]


def test_polygons_of_several_sizes_are_fanned_in_their_order(tmp_path):
    lines = "".join(" ".join(map(str, face)) + "\n" for face in POLYGONS)
    for name, content in {
        "a.ply": ply_head(faces=3) + POINTS + lines,
        "b.ply": binary_ply(">", POLYGONS),
        "a.off": "OFF 4 3 0\n" + POINTS + lines,
        "b.off": "OFF\n\n4 3 0\n" + POINTS + lines.replace("3 0 1 2\n", "3 0 1 2 255 0 0 # red\n"),
    }.items():
        assert read_mesh(save(tmp_path / name, content)).triangles.tolist() == FANS, name


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.ply", ply_head() + POINTS + "3 0 1 2\n2 0 2\n", "face 1: 2 corners are not 3 to 64"),
        ("a.ply", ply_head() + POINTS + "3 0 1 2\n3 0 2 1.5\n", "1.5 is no whole number"),
        ("a.ply", ply_head() + POINTS + "3 0 1 2\n-3 0 2 1\n", "-3 is no length"),
        ("a.ply", ply_head() + POINTS.replace("40 0 0", "40 0 x") + "3 0 1 2\n3 0 2 1\n", "'x' is not a number"),
        ("a.ply", ply_head(vertices=10**14), "states 100000000000000 of vertex"),
        ("a.ply", ply_head().replace("float y", "half y"), "line 8: 'property half y' is no line"),
        ("a.ply", ply_head().replace("format ascii 1.0", "comment"), "no line says the format"),
        (
            "a.ply",
            ply_head().replace("float z", "float q") + POINTS + "3 0 1 2\n3 0 2 3\n",
            "no vertices with x, y and z",
        ),
        ("a.off", "4 2 0\n" + POINTS, "does not begin with OFF"),
        ("a.off", "4OFF\n4 2 0\n" + POINTS, "an OFF file of another kind"),
        ("a.off", "OFF BINARY\n", "an OFF file of another kind"),
        ("a.off", "OFF\n4 2\n", "does not state how many"),
        ("a.off", "OFF\n1e30 2 0\n", "does not state how many"),
        ("a.off", TEXTS[".off"].replace("3 0 2 3", "3 0 2 4"), "face 1: the number 4 is outside 0..3"),
        ("a.off", TEXTS[".off"].replace("3 0 2 3", "3 0 2 1.5"), "not whole"),
    ],
)
def test_a_fault_in_a_counted_format_is_named(tmp_path, name, content, says):
    with pytest.raises(BadFile, match=says) as caught:
        read_mesh(save(tmp_path / name, content))
    assert caught.value.place


RED = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [51, 102, 153]], np.uint8)
