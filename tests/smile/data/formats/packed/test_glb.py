"""Binary glTF: what the specification allows is read as it says, and everything else is refused by name."""

import json
import struct

import numpy as np
import pytest

from smile.data.formats.mesh import read_mesh
from smile.errors import BadFile
from tests.smile.data.formats.peaks import read_traced

POINTS = np.array([[0, 0, 0], [0.1, 0, 0], [0.1, 0.2, 0], [0, 0.2, 0.05]], np.float32)
CORNERS = [0, 1, 2, 0, 2, 3]
FLOAT, BYTE, SHORT, WHOLE = 5126, 5121, 5123, 5125
KINDS = {FLOAT: "<f4", BYTE: "u1", SHORT: "<u2", WHOLE: "<u4"}


def keep(_tree):
    """Changes nothing."""


def write(path, change=keep, points=POINTS, corners=CORNERS, kind=WHOLE, more=b""):
    """A file with one mesh; `change` gets its tree, `more` lies behind the arrays in a third buffer view."""
    arrays = [np.asarray(points, "<f4").tobytes(), np.asarray(corners, KINDS[kind]).tobytes(), more]
    arrays = [array + bytes(-len(array) % 4) for array in arrays]
    views, begin = [], 0
    for array in arrays:
        views.append({"buffer": 0, "byteOffset": begin, "byteLength": len(array)})
        begin += len(array)
    tree = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": begin}],
        "bufferViews": views,
        "accessors": [
            {"bufferView": 0, "componentType": FLOAT, "count": len(points), "type": "VEC3"},
            {"bufferView": 1, "componentType": kind, "count": len(corners), "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }
    change(tree)
    head = json.dumps(tree).encode()
    head += b" " * (-len(head) % 4)
    body = b"".join(arrays)
    packed = struct.pack("<I4s", len(head), b"JSON") + head + struct.pack("<I4s", len(body), b"BIN\0") + body
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(packed)) + packed)
    return path


def set_node(**fields):
    return lambda tree: tree["nodes"].__setitem__(0, {"mesh": 0, **fields})


def set_mode(mode):
    return lambda tree: tree["meshes"][0]["primitives"][0].update(mode=mode)


@pytest.mark.parametrize("kind", [BYTE, SHORT, WHOLE])
def test_points_and_triangles_are_those_of_the_file(tmp_path, kind):
    scan = read_mesh(write(tmp_path / "a.glb", kind=kind))
    np.testing.assert_array_equal(scan.vertices, POINTS)
    np.testing.assert_array_equal(scan.triangles, [[0, 1, 2], [0, 2, 3]])


def test_nodes_turn_scale_and_move_and_a_mirror_turns_triangles_over(tmp_path):
    def nest(tree):
        tree["nodes"] = [{"children": [1], "translation": [1, 2, 3]}, {"mesh": 0, "scale": [-2, 2, 2]}]

    scan = read_mesh(write(tmp_path / "a.glb", nest))
    np.testing.assert_allclose(scan.vertices, POINTS * [-2, 2, 2] + [1, 2, 3], atol=1e-6)
    np.testing.assert_array_equal(scan.triangles, [[2, 1, 0], [3, 2, 0]])
    half = np.sqrt(0.5)
    turned = read_mesh(write(tmp_path / "b.glb", set_node(rotation=[half, 0, 0, half])))
    np.testing.assert_allclose(turned.vertices, POINTS[:, [0, 2, 1]] * [1, -1, 1], atol=1e-6)
    columns = read_mesh(write(tmp_path / "c.glb", set_node(matrix=[2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 5, 0, 0, 1])))
    np.testing.assert_allclose(columns.vertices, POINTS * 2 + [5, 0, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("mode", "corners", "triangles"),
    [(5, [0, 1, 3, 2], [[0, 1, 3], [1, 2, 3]]), (6, [0, 1, 2, 3], [[0, 1, 2], [0, 2, 3]])],
)
def test_strips_and_fans_are_triangles(tmp_path, mode, corners, triangles):
    scan = read_mesh(write(tmp_path / "a.glb", set_mode(mode), corners=corners))
    np.testing.assert_array_equal(scan.triangles, triangles)


def test_a_file_without_scenes_is_read_and_a_mesh_in_two_places_is_there_twice(tmp_path):
    without = read_mesh(write(tmp_path / "a.glb", lambda tree: tree.pop("scenes")))
    assert len(without.triangles) == 2

    def twice(tree):
        tree["nodes"] = [{"mesh": 0}, {"mesh": 0, "translation": [1, 0, 0]}]
        tree["scenes"] = [{"nodes": [0, 1]}]

    both = read_mesh(write(tmp_path / "b.glb", twice))
    np.testing.assert_allclose(both.vertices[4:], POINTS + np.array([1, 0, 0]), atol=1e-6)
    np.testing.assert_array_equal(both.triangles[2:], [[4, 5, 6], [4, 6, 7]])


def test_sparse_values_and_weighted_morph_targets_move_the_points(tmp_path):
    def lift(tree):
        tree["accessors"][0]["sparse"] = {
            "count": 1,
            "indices": {"bufferView": 2, "byteOffset": 12, "componentType": BYTE},
            "values": {"bufferView": 2},
        }

    sparse = read_mesh(write(tmp_path / "a.glb", lift, more=np.float32([7, 8, 9]).tobytes() + b"\2"))
    np.testing.assert_array_equal(sparse.vertices[2], [7, 8, 9])
    np.testing.assert_array_equal(sparse.vertices[[0, 1, 3]], POINTS[[0, 1, 3]])

    def morph(tree):
        tree["accessors"].append({"bufferView": 2, "componentType": FLOAT, "count": 4, "type": "VEC3"})
        tree["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": 2}]
        tree["meshes"][0]["weights"] = [0.5]

    opened = read_mesh(write(tmp_path / "b.glb", morph, more=np.ones((4, 3), "<f4").tobytes()))
    np.testing.assert_allclose(opened.vertices, POINTS + 0.5)


def test_quantised_points_colours_and_interleaved_arrays_are_read(tmp_path):
    def pack(tree):
        tree["extensionsRequired"] = ["KHR_mesh_quantization"]
        tree["bufferViews"][2]["byteStride"] = 12
        tree["accessors"].append(
            {"bufferView": 2, "componentType": SHORT, "count": 4, "type": "VEC3", "normalized": True}
        )
        colours = {"bufferView": 2, "byteOffset": 8, "componentType": BYTE, "count": 4, "type": "VEC4"}
        tree["accessors"].append({**colours, "normalized": True})
        tree["meshes"][0]["primitives"][0]["attributes"] = {"POSITION": 2, "COLOR_0": 3}

    row = np.dtype([("point", "<u2", 3), ("pad", "<u2"), ("colour", "u1", 4)])
    rows = np.zeros(4, row)
    rows["point"], rows["colour"] = [[65535, 0, 0], [0, 65535, 0], [0, 0, 65535], [65535] * 3], [255, 0, 51, 255]
    scan = read_mesh(write(tmp_path / "a.glb", pack, more=rows.tobytes()))
    np.testing.assert_allclose(scan.vertices, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    np.testing.assert_allclose(scan.colours, [[1, 0, 0.2]] * 4)


def lack(*names):
    def change(tree):
        for name in names:
            tree["accessors"][0].pop(name)

    return change


def require(name):
    return lambda tree: tree.update(extensionsRequired=[name])


def update(name, number, **fields):
    return lambda tree: tree[name][number].update(fields)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (require("KHR_draco_mesh_compression"), "KHR_draco_mesh_compression is not read; export it anew without it"),
        (require("EXT_meshopt_compression"), "EXT_meshopt_compression is not read"),
        (update("bufferViews", 0, extensions={"EXT_meshopt_compression": {}}), "is compressed"),
        (lack("bufferView"), "its numbers are not in the file"),
        (update("accessors", 0, count=5), "states 5 items, and its buffer view ends before"),
        (update("accessors", 1, count=10**12), "states 1000000000000 items, and its buffer view ends before"),
        (update("accessors", 0, count=True), "states no count"),
        (update("accessors", 0, byteOffset=-4), "states no place"),
        (update("accessors", 0, type="VEC2"), "are not three numbers each"),
        (update("accessors", 1, componentType=FLOAT), "no whole numbers"),
        (update("accessors", 1, componentType=5), "of the kind 5 are not known"),
        (update("bufferViews", 1, byteLength=10**9), "states bytes that are not among the"),
        (update("bufferViews", 1, byteOffset=-1), "states bytes that are not among the"),
        (update("buffers", 0, uri="../../etc/passwd"), "lies in another file"),
        (set_node(children=[0]), "node 0: is in the scene twice"),
        (set_node(scale=[1, 2]), "node 0: its matrix, rotation, scale or translation is none"),
        (set_node(matrix=["a"] * 16), "node 0: its matrix, rotation, scale or translation is none"),
        (set_node(rotation=[0, 0, 0, 0]), "node 0: its matrix"),
        (set_node(scale=[1e200] * 3, translation=[1e300, 0, 0]), "not finite or farther"),
        (update("scenes", 0, nodes=[7]), "nodes: there is no number 7, of 1"),
        (update("scenes", 0, nodes=3), "is no glb mesh"),
        (update("nodes", 0, mesh="0"), "meshes: there is no number 0, of 1"),
        (lambda tree: tree.update(nodes={"0": {}}), "nodes: is no list"),
        (set_mode(0), "the scene holds no triangles; points and lines are no surface"),
        (set_mode(1), "the scene holds no triangles"),
    ],
)
def test_what_cannot_be_read_rightly_is_refused_by_name(tmp_path, change, says):
    path = write(tmp_path / "a.glb", change)
    with pytest.raises(BadFile, match=says) as caught:
        read_mesh(path)
    assert caught.value.file == path and caught.value.place and caught.value.remedy


def test_a_number_of_no_vertex_and_another_version_are_refused(tmp_path):
    with pytest.raises(BadFile, match=r"the number 4294967295 is outside 0\.\.3"):
        read_mesh(write(tmp_path / "a.glb", corners=[0, 1, 2**32 - 1]))
    with pytest.raises(BadFile, match="4 corners are no triangles"):
        read_mesh(write(tmp_path / "b.glb", corners=[0, 1, 2, 3]))
    content = write(tmp_path / "c.glb").read_bytes()
    (tmp_path / "c.glb").write_bytes(content[:4] + struct.pack("<I", 1) + content[8:])
    with pytest.raises(BadFile, match="is glTF 1, and glTF 2 is read"):
        read_mesh(tmp_path / "c.glb")


@pytest.mark.parametrize("kind", [SHORT, WHOLE])
def test_several_meshes_take_less_than_four_times_their_file(tmp_path, kind):
    side = 180
    row = np.arange(side - 1)[:, None] * side + np.arange(side - 1)
    corners = np.stack([row, row + 1, row + side, row + 1, row + side + 1, row + side], axis=-1).ravel()
    points = np.random.default_rng(0).normal(size=(side * side, 3))
    path = write(tmp_path / "a.glb", points=points, corners=corners, kind=kind)
    scan, peak = read_traced(path)
    assert len(scan.triangles) == len(corners) // 3
    assert peak < 4 * path.stat().st_size, f"{peak / path.stat().st_size:.2f} times the file"
