"""Range scans become surfaces: known bytes give known triangles, and headers that lie are refused."""

import struct
from functools import partial

import numpy as np
import pytest

from smile.data.formats.bnt import LONGEST_EDGE, read_bnt, read_picture_name, write_bnt
from smile.errors import BadFile
from tests.smile.data.formats import mutants

BACKGROUND = -1e9


def pack(x, y, z, a, b, name=b"bs000_N_N_0.png", background=BACKGROUND):
    """The bytes of a file, written without the code that is tested; arrays [rows, columns], bottom row first."""
    rows, columns = np.shape(x)
    blocks = b"".join(np.asarray(block, "<f8").tobytes(order="C") for block in (x, y, z, a, b))
    head = struct.pack("<HHdH", rows, columns, background, len(name)) + name
    return head + struct.pack("<I", 5 * rows * columns) + blocks


def grid(rows=3, columns=4, step=1.0):
    """x, y, z, a, b of a sloping plane; all five tell the cells apart."""
    y, x = np.mgrid[0:rows, 0:columns] * step
    return x, y, 50 + 0.25 * x + 0.5 * y, x / (step * (columns - 1)), y / (step * (rows - 1))


def save(path, *blocks, **changes):
    path.write_bytes(pack(*blocks, **changes))
    return path


def normals(scan):
    a, b, c = (scan.vertices[scan.triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def test_two_by_two_points_are_two_triangles(tmp_path):
    path = save(
        tmp_path / "bs000_N_N_0.bnt",
        [[0, 1], [0, 1]],
        [[0, 0], [1, 1]],
        [[5, 6], [7, 8]],
        [[0, 1]] * 2,
        [[0, 0], [1, 1]],
    )
    scan = read_bnt(path)
    assert scan.vertices.dtype == np.float32 and scan.triangles.dtype == np.int32
    assert scan.vertices.tolist() == [[0, 0, 5], [1, 0, 6], [0, 1, 7], [1, 1, 8]]
    assert scan.triangles.tolist() == [[0, 1, 3], [0, 3, 2]]
    assert scan.uv.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert scan.triangles_uv.tolist() == scan.triangles.tolist()
    assert scan.texture is None and scan.landmarks is None


def test_all_triangles_face_the_sensor_and_cover_the_grid(tmp_path):
    scan = read_bnt(save(tmp_path / "a.bnt", *grid(7, 5, 0.7)))
    across = normals(scan)[:, 2]
    assert (across > 0).all()
    assert across.sum() / 2 == pytest.approx(6 * 4 * 0.7**2, rel=1e-5)


@pytest.mark.parametrize("background", [-1e9, -999.0, 0.0])
def test_the_background_is_what_the_file_says_it_is(tmp_path, background):
    x, y, z, a, b = grid(4, 4)
    for block in (x, y, z):
        block[0, 0] = block[2, 2] = background
    scan = read_bnt(save(tmp_path / "a.bnt", x, y, z, a, b, background=background))
    assert len(scan.vertices) == 14
    assert scan.vertices[:, 2].min() >= 50
    # Each of the five cells that lack one corner keeps the triangle of its three others.
    assert len(scan.triangles) == 18 - 5
    assert (normals(scan)[:, 2] > 0).all()


def test_what_the_background_holds_beside_its_depth_does_not_matter(tmp_path):
    x, y, z, a, b = grid()
    z[1, 1] = BACKGROUND
    x[1, 1], y[1, 1], a[1, 1], b[1, 1] = np.nan, 1e300, np.inf, -7
    scan = read_bnt(save(tmp_path / "a.bnt", x, y, z, a, b))
    assert len(scan.vertices) == 11 and np.isfinite(scan.vertices).all() and scan.uv is not None


def test_spikes_go_with_their_points_and_the_rest_stays(tmp_path):
    x, y, z, a, b = grid(5, 5)
    z[2, 2] += 30
    scan = read_bnt(save(tmp_path / "a.bnt", x, y, z, a, b))
    assert len(scan.vertices) == 24 and len(scan.triangles) == 32 - 4
    assert scan.vertices[:, 2].max() < 60


@pytest.mark.parametrize(("length", "triangles"), [(LONGEST_EDGE - 0.01, 2), (LONGEST_EDGE + 0.01, 0)])
def test_an_edge_is_dropped_by_its_length(tmp_path, length, triangles):
    rise = np.sqrt(length**2 - 2)
    z = [[0, 0], [rise, rise]]
    path = save(tmp_path / "a.bnt", [[0, 1], [0, 1]], [[0, 0], [1, 1]], z, [[0, 1]] * 2, [[0, 0], [1, 1]])
    if triangles:
        assert len(read_bnt(path).triangles) == triangles
    else:
        with pytest.raises(BadFile, match="no surface"):
            read_bnt(path)


def test_the_picture_of_the_scans_name_is_its_texture_and_no_other(tmp_path):
    for name in (b"../outside.png", b"/etc/passwd", b"other.png", b"\xff\x00"):
        path = save(tmp_path / "bs000_N_N_0.bnt", *grid(), name=name)
        (tmp_path / "other.png").write_bytes(b"")
        (tmp_path.parent / "outside.png").write_bytes(b"")
        assert read_bnt(path).texture is None
    (tmp_path / "bs000_N_N_0.png").write_bytes(b"")
    assert read_bnt(path).texture == tmp_path / "bs000_N_N_0.png"


def test_texture_coordinates_are_held_within_the_picture_and_left_out_where_they_are_none(tmp_path):
    x, y, z, a, b = grid()
    a[0, 0] = -0.005
    assert read_bnt(save(tmp_path / "a.bnt", x, y, z, a, b)).uv[0].tolist() == [0, 0]
    for wrong in (np.nan, 1600.0, BACKGROUND):
        b[2, 2] = wrong
        scan = read_bnt(save(tmp_path / "a.bnt", x, y, z, a, b))
        assert (scan.uv, scan.triangles_uv) == (None, None)
        assert len(scan.vertices) == 12


def test_the_public_sample_has_the_size_that_the_header_asks_for(tmp_path):
    # 1,733,560 bytes with a name of 22 are 43,338 points (docs of the format): 6 x 7223 is a grid of as many.
    name = b"bs000_CAU_A22A25_0.png"
    path = save(tmp_path / "a.bnt", *grid(6, 7223), name=name)
    assert len(name) == 22 and path.stat().st_size == 18 + 22 + 40 * 43338 == 1_733_560
    scan = read_bnt(path)
    assert len(scan.vertices) == 43338 and len(scan.triangles) == 2 * 5 * 7222
    assert read_picture_name(path) == name.decode()


def test_what_is_written_is_read_again(tmp_path):
    x, y, z, a, b = grid(6, 5)
    points, places = np.stack([x, y, z], -1).astype(np.float32), np.stack([a, b], -1).astype(np.float32)
    points[3, 2] = np.nan
    write_bnt(tmp_path / "a.bnt", points, places, "bs000_N_N_0.png")
    scan = read_bnt(tmp_path / "a.bnt")
    kept = np.isfinite(points).all(axis=2)
    np.testing.assert_array_equal(scan.vertices, points[kept])
    np.testing.assert_array_equal(scan.uv, places[kept])
    assert (tmp_path / "a.bnt").stat().st_size == 18 + 15 + 40 * 30
    assert read_picture_name(tmp_path / "a.bnt") == "bs000_N_N_0.png"


def header(rows=3, columns=4, background=BACKGROUND, length=15, count=60, name=b"bs000_N_N_0.png"):
    return struct.pack("<HHdH", rows, columns, background, length) + name + struct.pack("<I", count)


@pytest.mark.parametrize(
    ("head", "place", "reason"),
    [
        (header(rows=65535, columns=65535), "byte 0", "65535 x 65535"),
        (header(rows=0), "byte 0", "0 x 4"),
        (header(rows=4), "byte 0", "4 x 4"),
        (header(length=65535), "byte 0", "a name of 65535"),
        (header(count=4_000_000_000), "byte 29", "4000000000 numbers"),
        (header(count=61), "byte 29", "61 numbers"),
        (header(background=np.nan), "byte 4", "background"),
        (header()[:9], "byte 489", None),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, head, place, reason):
    body = pack(*grid())[len(header()) :]
    (tmp_path / "a.bnt").write_bytes(head + body if reason else head)
    with pytest.raises(BadFile, match=reason or "ends in its header") as caught:
        read_bnt(tmp_path / "a.bnt")
    assert caught.value.place == (place if reason else "byte 9")


def test_an_empty_grid_is_refused(tmp_path):
    (tmp_path / "a.bnt").write_bytes(header(rows=0, columns=0, count=0))
    with pytest.raises(BadFile, match="0 numbers"):
        read_bnt(tmp_path / "a.bnt")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.1e6, 1e300, -9e8])
@pytest.mark.parametrize("block", [0, 1, 2])
def test_a_coordinate_out_of_range_is_named_by_its_byte(tmp_path, block, value):
    blocks = grid()
    blocks[block][1, 2] = value
    path = save(tmp_path / "a.bnt", *blocks)
    with pytest.raises(BadFile, match="is not within") as caught:
        read_bnt(path)
    assert caught.value.place == f"byte {33 + 8 * (12 * block + 6)}"


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    for read in (read_bnt, read_picture_name):
        with pytest.raises(BadFile, match="cannot be read"):
            read(tmp_path)
        with pytest.raises(BadFile, match="cannot be read"):
            read(tmp_path / "absent.bnt")


def face(rows=40, columns=30):
    """A bulging grid with a border of background, as scans have it."""
    x, y, _, a, b = grid(rows, columns, 3.0)
    z = 100 - 0.02 * ((x - 45) ** 2 + (y - 60) ** 2)
    hidden = np.hypot((x - 45) / 45, (y - 60) / 60) > 1
    for block in (x, y, z):
        block[hidden] = BACKGROUND
    return x, y, z, a, b


def faults(scan):
    """What a scan must never have, whatever the file held."""
    if not (np.abs(scan.vertices) <= 1e6).all():
        return "a vertex out of range"
    if len(scan.triangles) == 0 or scan.triangles.min() < 0 or scan.triangles.max() >= len(scan.vertices):
        return "triangles out of range"
    if scan.uv is not None and not ((scan.uv >= 0) & (scan.uv <= 1)).all():
        return "texture coordinates out of range"
    edges = scan.vertices[scan.triangles] - scan.vertices[np.roll(scan.triangles, 1, axis=1)]
    return "a spike" if (np.linalg.norm(edges, axis=2) > LONGEST_EDGE + 1e-3).any() else ""


def test_no_mutant_crashes_hangs_or_passes_for_a_good_scan(tmp_path):
    content = pack(*face())
    (tmp_path / "whole.bnt").write_bytes(content)
    assert read_bnt(tmp_path / "whole.bnt").uv is not None
    poison = partial(mutants.poison, begin=33)
    seen = mutants.survey(
        tmp_path / "bs000_N_N_0.bnt", content, (*mutants.BINARY, poison, poison, poison), read_bnt, faults
    )
    assert seen["refused"] > seen["read"] > 0
