"""What a VRML file says and the reader does not know is refused or passed over by name."""

import pytest

from smile.data.formats.vrml import read_vrml
from smile.errors import BadFile
from tests.smile.data.formats.test_vrml import SMALL, moved, write


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (moved("scale 0 1 1"), "a Transform leaves nothing"),
        (moved("scale 1 1"), "scale of a Transform wants 3 numbers"),
        (moved("rotation 0 0 1 children"), "rotation of a Transform wants 4 numbers"),
        (moved("scale 1e9 1e9 1e9"), "coord value 1e"),
        (SMALL + 'Inline { url "more.wrl" }', "an Inline brings in another file"),
        (SMALL.replace("V2.0 utf8", "V1.0 ascii"), "is VRML 1.0, and VRML 2.0 is read; convert it"),
        ("#Inventor V2.1 ascii\n", "is Open Inventor"),
        ("\n <HTML><body>sign in</body>", "is a web page; sign in and download"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a pointer of Git LFS, .*; run git lfs pull"),
        (b"\x1f\x8b\x08\x00packed", "is packed by gzip; unpack it with gunzip"),
        (b"\x00\x05\x16\x07\x00\x02", "is what macOS writes beside a file"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_name(tmp_path, text, says):
    with pytest.raises(BadFile, match=says) as caught:
        read_vrml(write(tmp_path, text))
    assert caught.value.place.startswith("byte ")


COLOURS = "color Color { color [ 1 0 0, 0 1 0, 0 0 1, 1 1 1, 0.5 0.5 0 ] }\n"


def test_colours_of_vertices_are_kept(tmp_path):
    def read(block):
        return read_vrml(write(tmp_path, SMALL.replace("coord Coordinate", f"{block} coord Coordinate")))

    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0.5, 0.5, 0]]
    assert read(COLOURS).colours.tolist() == rows
    assert read(COLOURS + "colorIndex [ ]").colours.tolist() == rows
    own = read(COLOURS + "colorIndex [ 4 3 2 1 -1 4 3 0 -1 ]")
    assert own.colours.tolist() == [rows[number] for number in (4, 3, 2, 1, 0)]
    assert read("").colours is None and read(COLOURS.replace("1 1 1,", "")).colours is None
    faces = read("colorPerVertex FALSE " + COLOURS + "colorIndex [ 0 1 ]")
    assert faces.colours is None and "those of faces" in faces.left_out
    misfit = read(COLOURS + "colorIndex [ 0 1 2 -1 ]")
    assert misfit.colours is None and "do not fit" in misfit.left_out


def test_what_is_no_number_spoils_the_picture_or_the_loose_point_alone(tmp_path):
    (tmp_path / "000.jpg").write_bytes(b"picture")
    good = read_vrml(write(tmp_path, SMALL))
    scan = read_vrml(write(tmp_path, SMALL.replace("1 1, 0 1 ]", "nan -nan(ind), 0 1 ]")))
    assert (scan.uv, scan.texture) == (None, None) and "no number" in scan.left_out
    loose = read_vrml(write(tmp_path, SMALL.replace("5 5 7 ]", "5 5 7, nan 1e30 0 ]")))
    assert loose.vertices.tolist() == good.vertices.tolist() and loose.triangles.tolist() == good.triangles.tolist()
    first = SMALL.replace("point [ 0 0 0,", "point [ nan 0 0, 0 0 0,").replace(
        "0, 1, 2, 3, -1, 0, 1, 4,", "1 2 3 4 -1 1 2 5", 1
    )
    assert read_vrml(write(tmp_path, first)).triangles.tolist() == good.triangles.tolist()


def test_a_byte_order_mark_is_passed_over(tmp_path):
    for content in (b"\xef\xbb\xbf" + SMALL.encode(), SMALL.encode("utf-16")):
        assert len(read_vrml(write(tmp_path, content)).vertices) == 5
