"""The VRML reader equals a slow one written from the grammar, and refuses every planted fault with its place."""

import itertools
import re
import time

import numpy as np
import pytest

from smile.data.formats.vrml import read_vrml, write_vrml
from smile.errors import BadFile
from tests.smile.data.formats import mutants

SMALL = """#VRML V2.0 utf8
Shape { appearance Appearance { texture ImageTexture { url "000.jpg" } }
geometry IndexedFaceSet {
coord Coordinate { point [ 0 0 0, 10 0 0, 10 10.5 0, 0 10 0, 5 5 7 ] }
coordIndex [ 0, 1, 2, 3, -1, 0, 1, 4, -1 ]
texCoord TextureCoordinate { point [ 0 0, 1 0, 1 1, 0 1 ] }
texCoordIndex [ 0, 1, 2, 3, -1, 3, 1, 2, -1 ]
} }
"""


def write(folder, text, name="000.wrl"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def reference_parse(text):
    """Vertices, triangles, uv, uv triangles: plain Python from the grammar."""
    words = re.findall(r'"[^"]*"|[\[\]{}]|[^\s,\[\]{}"]+', re.sub(r"#[^\r\n]*", " ", text))
    lists, node = {}, None
    for number, word in enumerate(words):
        node = word if word in ("Coordinate", "TextureCoordinate") else node
        if word in ("point", "coordIndex", "texCoordIndex") and words[number + 1] == "[":
            lists[f"{node} point" if word == "point" else word] = words[number + 2 : words.index("]", number)]

    def fan(name):
        triangles, polygon = [], []
        for word in [*lists[name], "-1"]:
            if word != "-1":
                polygon.append(int(word))
                continue
            triangles += [[polygon[0], b, c] for b, c in itertools.pairwise(polygon[1:])]
            polygon = []
        return triangles

    vertices = np.array([float(word) for word in lists["Coordinate point"]]).astype(np.float32).reshape(-1, 3)
    if "TextureCoordinate point" not in lists:
        return vertices, fan("coordIndex"), None, None
    uv = np.array([float(word) for word in lists["TextureCoordinate point"]]).astype(np.float32).reshape(-1, 2)
    return vertices, fan("coordIndex"), uv, fan("texCoordIndex" if "texCoordIndex" in lists else "coordIndex")


class Author:
    """Writes random faces in every manner that the format allows."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.comma = self.rng.choice([",", " ,", ""])
        self.line_end = self.rng.choice(["\n", "\r\n"])
        self.brace = self.rng.choice([" {", self.line_end + "{", "{"])

    def listing(self, words):
        text = "["
        for number, word in enumerate(words):
            last = number == len(words) - 1
            text += word + ("" if last and self.rng.random() < 0.5 else self.comma) + " "
            if self.rng.random() < 0.4:
                text += self.rng.choice(["", "# a comment ] with coordIndex [ 9 9 9 -1 ]"]) + self.line_end
        return text + self.rng.choice(["]", " ]"])

    def numbers(self, values):
        manner = self.rng.choice(["%.4f", "%g", "%.17g", "%.3e", "%+.2E"])
        return self.listing([manner % value for value in values])

    def polygons(self, sizes, count):
        words = [str(word) for size in sizes for word in [*self.rng.integers(0, count, size), -1]]
        return self.listing(words[: -1 if self.rng.random() < 0.3 else None])

    def face(self):
        count, uv_count = self.rng.integers(3, 40, 2)
        sizes = self.rng.integers(3, 7, self.rng.integers(1, 30))
        coord = f"coord Coordinate{self.brace} point {self.numbers(self.rng.normal(0, 90, 3 * count))} }}"
        blocks = [
            coord,
            f"coordIndex {self.polygons(sizes, count)}",
            "solid FALSE",
            "normal Normal { vector [0 0 1, 0 1 0] }",
        ]
        if self.rng.random() < 0.8:
            own = self.rng.random() < 0.7
            uv = self.numbers(self.rng.random(2 * (uv_count if own else count)))
            blocks.append(f"texCoord DEF U TextureCoordinate{self.brace} point{uv}}}")
            blocks += [f"texCoordIndex{self.polygons(sizes, uv_count)}"] if own else []
        order = self.rng.permutation(len(blocks))
        body = self.line_end.join(blocks[i] for i in order)
        head = f"#VRML V2.0 utf8{self.line_end}Group {{ children [ Shape {{ geometry IndexedFaceSet{self.brace} "
        return f"{head}{body} }} }} DEF Tricorder_Camera_Front Viewpoint {{ position 0 0 9 }} ] }}{self.line_end}"


def test_random_faces_are_read_as_the_reference_reads_them(tmp_path):
    for seed in range(150):
        text = Author(seed).face()
        scan = read_vrml(write(tmp_path, text))
        vertices, triangles, uv, triangles_uv = reference_parse(text)
        assert scan.vertices.tobytes() == vertices.tobytes(), seed
        assert scan.triangles.tolist() == triangles, seed
        assert (scan.uv is None) == (uv is None), seed
        if uv is not None:
            assert scan.uv.tobytes() == uv.tobytes(), seed
            assert scan.triangles_uv.tolist() == triangles_uv, seed


def test_arrays_have_the_types_of_a_scan(tmp_path):
    scan = read_vrml(write(tmp_path, SMALL))
    assert (scan.vertices.dtype, scan.triangles.dtype) == (np.float32, np.int32)
    assert (scan.uv.dtype, scan.triangles_uv.dtype) == (np.float32, np.int32)
    assert scan.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 4]]
    assert scan.landmarks is None


def test_clockwise_faces_are_turned(tmp_path):
    turned = read_vrml(write(tmp_path, SMALL.replace("coordIndex", "ccw FALSE coordIndex", 1)))
    scan = read_vrml(write(tmp_path, SMALL))
    assert turned.triangles.tolist() == scan.triangles[:, ::-1].tolist()
    assert turned.triangles_uv.tolist() == scan.triangles_uv[:, ::-1].tolist()


def test_an_empty_texture_block_is_none(tmp_path):
    text = SMALL.replace("0 0, 1 0, 1 1, 0 1 ]", "]").replace("0, 1, 2, 3, -1, 3, 1, 2, -1", "")
    assert read_vrml(write(tmp_path, text)).uv is None


@pytest.mark.parametrize(
    ("url", "there", "found"),
    [
        ("skin.jpg", ["skin.jpg", "000.jpg"], "skin.jpg"),
        ("./skin.png", ["skin.png"], "skin.png"),
        ("absent.jpg", ["000.bmp"], "000.bmp"),
        ("absent.jpg", ["000.JPG"], "000.JPG"),
        ("absent.jpg", ["001.jpg"], None),
        ("../outside.jpg", [], None),
        ("x/../../outside.jpg", ["000.jpg"], "000.jpg"),
        ("{parent}/outside.jpg", [], None),
        ("notes.txt", ["notes.txt"], None),
        ("a" * 5000 + ".jpg", [], None),
    ],
)
def test_the_texture_is_a_picture_inside_the_folder(tmp_path, url, there, found):
    folder = tmp_path / "Happy"
    folder.mkdir()
    for name in there:
        (folder / name).write_bytes(b"picture")
    (tmp_path / "outside.jpg").write_bytes(b"picture")
    scan = read_vrml(write(folder, SMALL.replace("000.jpg", url.format(parent=tmp_path))))
    assert scan.texture == (folder / found if found else None)


def test_several_urls_mean_the_first(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"picture")
    text = SMALL.replace('url "000.jpg"', 'url [ "a.jpg", "b.jpg" ]')
    assert read_vrml(write(tmp_path, text)).texture == tmp_path / "a.jpg"


def byte(text):
    return f"byte {text.index('@')}", text.replace("@", "")


FAULTS = {
    "index too large": (*byte(SMALL.replace("0, 1, 4,", "0, 1, @5,")), "coordIndex 5 is not a number below 5"),
    "index far too large": (*byte(SMALL.replace("0, 1, 4,", "0, @5000000000, 4,")), "not a number below 5"),
    "index negative": (*byte(SMALL.replace("0, 1, 4,", "@-2, 1, 4,")), "coordIndex -2 is not a number below 5"),
    "texture index too large": (
        *byte(SMALL.replace("3, 1, 2,", "3, 1, @4,")),
        "texCoordIndex 4 is not a number below 4",
    ),
    "nan": (*byte(SMALL.replace("5 5 7", "5 @nan 7")), "coord value nan is not within"),
    "infinite": (*byte(SMALL.replace("5 5 7", "5 @1e999 7")), "coord value inf"),
    "infinite in single precision": (*byte(SMALL.replace("5 5 7", "5 @-1e300 7")), "coord value -inf"),
    "absurd": (*byte(SMALL.replace("5 5 7", "5 5 @1.1e6")), "coord value 1.1e+06"),
    "absurd texture": (*byte(SMALL.replace("1 1, 0 1", "1 @-17, 0 1")), "texCoord value -17 is not within 16"),
    "word": (*byte(SMALL.replace("10.5", "@10.5x")), "'10.5x' is not a number of coord"),
    "fraction as index": (*byte(SMALL.replace("0, 1, 4,", "0, 1, @4.0,")), "'4.0' is not a number of coordIndex"),
    "two corners": (*byte(SMALL.replace("0, 1, 4, -1", "0, 1, @-1")), "fewer than 3 corners"),
    "two corners at the end": (*byte(SMALL.replace("0, 1, 4, -1 ]", "0, 1 @]")), "fewer than 3 corners"),
    "no corners": (*byte(SMALL.replace("0, 1, 4, -1", "0, 1, 4, -1, @-1")), "fewer than 3 corners"),
    "separators lost": (*byte(SMALL.replace("0, 1, 4,", "0, 1, 4, " * 21 + "0, @1, 4,")), "-1 is missing"),
    "bracket lost": (*byte(SMALL.replace("5 5 7 ] }", "5 5 7 @}")), "'}' is not a number of coord"),
    "coordinate lost": (
        *byte(SMALL.replace("point [ 0 0 0,", "point [@ 0 0,")),
        "14 numbers of coord are no points of 3",
    ),
    "texture coordinate lost": (
        *byte(SMALL.replace("point [ 0 0, 1 0,", "point [@ 0, 1 0,")),
        "7 numbers of texCoord are no points of 2",
    ),
    "other polygons": (
        *byte(SMALL.replace("[ 0, 1, 2, 3, -1, 3, 1, 2, -1", "[@ 0, 1, 2, -1, 3, 1, 2, 0")),
        "texCoordIndex do not match",
    ),
    "no polygons": (
        *byte(SMALL.replace("[ 0, 1, 2, 3, -1, 0, 1, 4, -1", "[@")),
        "the coordIndex block has no polygons",
    ),
    "no points": (*byte(re.sub(r" 0 0 0.*7 \]", "@]", SMALL)), "0 numbers of coord are no points"),
    "no coord": (*byte(SMALL.replace("coord Coordinate", "colour Colour") + "@"), "without a coord block"),
    "no coordIndex": (*byte(SMALL.replace("\ncoordIndex", "\ncolorIndex") + "@"), "without a coordIndex block"),
    "two faces": (*byte(SMALL + SMALL.replace("point [", "point [@", 1)), "a second coord block"),
    "empty file": ("byte 0", "", "without a coord block"),
    "no text": ("byte 264", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "without a coord block"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_refused_with_its_place(tmp_path, name):
    place, text, reason = FAULTS[name]
    path = write(tmp_path, text)
    with pytest.raises(BadFile) as caught:
        read_vrml(path)
    assert caught.value.place == place
    assert reason in caught.value.reason
    assert caught.value.file == path
    assert caught.value.remedy


def test_a_file_cut_anywhere_before_its_last_list_ends_is_refused(tmp_path):
    for size in range(SMALL.rindex("]") + 1):
        with pytest.raises(BadFile):
            read_vrml(write(tmp_path, SMALL[:size]))


@pytest.mark.parametrize("own", [True, False])
def test_no_mutant_crashes_hangs_or_passes_for_a_good_scan(tmp_path, own):
    mesh = mutants.textured_mesh(own)
    write_vrml(tmp_path / "000.wrl", mesh, "000.jpg", "a comment")
    content = (tmp_path / "000.wrl").read_bytes()
    seen = mutants.survey(tmp_path / "000.wrl", content, mutants.TEXT, read_vrml, mutants.faults_of_scan)
    seen += mutants.survey(tmp_path / "000.wrl", SMALL.encode(), mutants.TEXT, read_vrml, mutants.faults_of_scan)
    assert seen["refused"] > seen["read"] > 0


@pytest.mark.parametrize(
    "unit", ['"', "[", "{", "#", "a ", "[a", '[1 "', "\\", '"\\', "point [", "coordIndex # [\n", "\0"]
)
@pytest.mark.parametrize("end", ["", "\\"])
def test_hostile_files_end_soon(tmp_path, unit, end):
    path = write(tmp_path, (unit * 300_000)[:300_000] + end)
    start = time.perf_counter()
    with pytest.raises(BadFile):
        read_vrml(path)
    assert time.perf_counter() - start < 5


def moved(fields, inside=SMALL):
    head, _, body = inside.partition("\n")
    return f"{head}\nDEF A Transform {{ {fields} children [\n{body} ] }}\n"


TURN = "rotation 0 0 2 1.5707963"


@pytest.mark.parametrize(
    ("text", "matrix"),
    [
        (moved("scale 1000 1000 1000"), np.diag([1000, 1000, 1000, 1])),
        (moved("translation 1 2 3"), [[1, 0, 0, 1], [0, 1, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]]),
        (moved(TURN), [[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
        (moved(f"{TURN}, center 10, 0, 0"), [[0, -1, 0, 10], [1, 0, 0, -10], [0, 0, 1, 0], [0, 0, 0, 1]]),
        (moved("scale 2 1 1 scaleOrientation 0 0 1 1.5707963"), np.diag([1, 2, 1, 1])),
        (moved("translation 5 0 0", moved("scale 2 2 2")), [[2, 0, 0, 5], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]]),
        (moved("scale 2 2 2", moved("translation 5 0 0")), [[2, 0, 0, 10], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]]),
        (moved("").rstrip()[:-1] + "translation 1 0 0 }", [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
        (SMALL + "Transform { scale 9 9 9 children [ ] }", np.eye(4)),
    ],
)
def test_the_transforms_around_a_face_are_applied(tmp_path, text, matrix):
    plain, scan = read_vrml(write(tmp_path, SMALL)), read_vrml(write(tmp_path, text))
    wanted = np.c_[plain.vertices, np.ones(len(plain.vertices))] @ np.array(matrix, float).T
    np.testing.assert_allclose(scan.vertices, wanted[:, :3], atol=1e-4)
    assert scan.triangles.tolist() == plain.triangles.tolist()
    assert scan.vertices.dtype == np.float32


def test_a_mirrored_face_is_turned_right_side_out(tmp_path):
    scan, plain = read_vrml(write(tmp_path, moved("scale -1 1 1"))), read_vrml(write(tmp_path, SMALL))
    assert scan.triangles.tolist() == plain.triangles[:, ::-1].tolist()
    assert scan.triangles_uv.tolist() == plain.triangles_uv[:, ::-1].tolist()
