"""Lines that go on, words that are no number, and pictures of materials in OBJ files."""

import os

import numpy as np
import pytest

from smile.data.formats.obj import read_obj
from smile.errors import BadFile
from tests.smile.data.formats.test_obj import SMALL, write


@pytest.mark.parametrize(
    "line", ["# D:\\scans\\", "#\\", "o a\\", "g D:\\", "s 1\\", "usemtl skin\\", "v 9 9 9 # here \\"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_backslash_behind_a_comment_or_a_name_swallows_no_line(tmp_path, line, end):
    text = SMALL.replace("g face\nusemtl skin", line).replace("\n", end)
    plain = SMALL.replace("g face\nusemtl skin", "v 9 9 9" if line.startswith("v") else "").replace("\n", end)
    scan, wanted = read_obj(write(tmp_path, text)), read_obj(write(tmp_path, plain))
    assert scan.vertices.tobytes() == wanted.vertices.tobytes()
    assert scan.triangles.tolist() == wanted.triangles.tolist()


def test_the_first_line_after_a_library_is_not_swallowed(tmp_path):
    (tmp_path / "x").mkdir()
    text = SMALL.replace("mtllib 000.mtl\ng face\nusemtl skin\n", "mtllib x\\\n")
    assert len(read_obj(write(tmp_path, text)).vertices) == 5


def test_numbers_and_names_may_go_on_behind_a_backslash(tmp_path):
    text = (
        SMALL.replace("v 10 0 0", "v 10 \\\n 0 0").replace("vn 0 0 1", "vn 0 \\\n 0 1").replace("g face", "g a \\\n b")
    )
    assert read_obj(write(tmp_path, text)).vertices.tolist() == read_obj(write(tmp_path, SMALL)).vertices.tolist()


@pytest.mark.parametrize("word", ["nan", "-nan", "NaN", "-nan(ind)", "-1.#IND", "1.#QNAN", "inf"])
def test_what_is_no_number_spoils_the_picture_or_the_loose_point_alone(tmp_path, word):
    (tmp_path / "000.jpg").write_bytes(b"picture")
    good = read_obj(write(tmp_path, SMALL))
    scan = read_obj(write(tmp_path, SMALL.replace("vt 1 1", f"vt 1 {word}")))
    assert (scan.uv, scan.triangles_uv, scan.texture) == (None, None, None)
    assert "no number" in scan.left_out and good.left_out == "" and good.texture
    assert scan.triangles.tolist() == good.triangles.tolist()
    unused = read_obj(write(tmp_path, SMALL.replace("vt 0 1", f"vt 0 1\nvt {word} {word}")))
    assert unused.texture and np.isfinite(unused.uv).all()
    loose = read_obj(write(tmp_path, SMALL.replace("v 5 5 7", f"v 5 5 7\nv 1 {word} 1")))
    assert loose.vertices.tolist() == good.vertices.tolist()
    with pytest.raises(BadFile, match="v value nan is not within"):
        read_obj(write(tmp_path, SMALL.replace("v 5 5 7", f"v 5 5 {word}")))


def test_a_byte_order_mark_and_ctrl_z_are_passed_over(tmp_path):
    wanted = read_obj(write(tmp_path, SMALL)).vertices.tolist()
    for content in (b"\xef\xbb\xbf" + SMALL.encode(), SMALL.encode() + b"\x1a\r\n", SMALL.encode("utf-16")):
        assert read_obj(write(tmp_path, content)).vertices.tolist() == wanted
    (tmp_path / "000.mtl").write_bytes(b"\xef\xbb\xbfmap_Kd skin.png")
    (tmp_path / "skin.png").write_bytes(b"picture")
    assert read_obj(write(tmp_path, SMALL)).texture == tmp_path / "skin.png"


@pytest.mark.parametrize(
    ("named", "there"),
    [
        ("SKIN.Jpg", "skin.jpg"),
        ("C:\\Users\\x\\Skin.png", "skin.PNG"),
        ("/home/x/skin.png", "skin.png"),
        ("..\\textures\\skin.bmp", "SKIN.BMP"),
        ("e\u0301t\u00e9.png", "\u00e9te\u0301.png"),
    ],
)
def test_a_picture_is_found_whatever_its_case_and_behind_a_foreign_path(tmp_path, named, there):
    (tmp_path / there).write_bytes(b"picture")
    (tmp_path / "000.MTL").write_text(f"newmtl a\nmap_Kd {named}\n")
    assert read_obj(write(tmp_path, SMALL)).texture == tmp_path / there


def test_the_material_of_most_faces_gives_the_picture_and_that_is_said(tmp_path):
    library = "newmtl eye\nmap_Kd eye.png\nnewmtl Skin\nKd 1 1 1\nmap_Kd -s 1 1 1 skin.png\nnewmtl hair\n"
    (tmp_path / "000.mtl").write_text(library)
    for name in ("eye.png", "skin.png"):
        (tmp_path / name).write_bytes(b"picture")
    faces = {"eye": "f 1/1 2/2 3/3\n", "skin": "f 1/1 2/2 3/3\n  f 2/1 3/2 5/3\nf 1/1 2/2 5/3\nf 1/1 3/2 5/3\n"}
    head = SMALL[: SMALL.index("f 1/1/1")].replace("usemtl skin\n", "")
    both = head + "".join(f"usemtl {name}\n{lines}" for name, lines in faces.items())
    scan = read_obj(write(tmp_path, both))
    assert scan.texture == tmp_path / "skin.png"
    assert "several materials: the picture of 'skin', which 75 % of the faces have" in scan.left_out
    alone = read_obj(write(tmp_path, f"{head}usemtl skin\n{faces['skin']}"))
    assert (alone.texture, alone.left_out) == (tmp_path / "skin.png", "")
    without = read_obj(write(tmp_path, head + faces["skin"]))
    assert without.texture == tmp_path / "eye.png"  # no face names a material
    unknown = read_obj(write(tmp_path, f"{head}usemtl other\n{faces['skin']}"))
    assert unknown.texture == tmp_path / "eye.png"


def test_every_library_is_read(tmp_path):
    (tmp_path / "a.mtl").write_text("newmtl eye\nmap_Kd eye.png\n")
    (tmp_path / "b.mtl").write_text("newmtl skin\nmap_Kd skin.png\n")
    for name in ("eye.png", "skin.png"):
        (tmp_path / name).write_bytes(b"picture")
    text = SMALL.replace("mtllib 000.mtl", "mtllib a.mtl\n# D:\\\n  mtllib b.mtl")
    assert read_obj(write(tmp_path, text)).texture == tmp_path / "skin.png"


def test_a_picture_named_in_another_code_page_is_found_by_its_bytes(tmp_path):
    place = os.fsencode(tmp_path) + b"/peau-\xe9t\xe9.png"
    with open(place, "wb") as file:  # noqa: PTH123  a name that is no UTF-8
        file.write(b"picture")
    (tmp_path / "000.mtl").write_bytes(b"newmtl a\nmap_Kd peau-\xe9t\xe9.png\n")
    assert os.fsencode(read_obj(write(tmp_path, SMALL)).texture) == place
