"""The OBJ reader equals a slow one written from the format, and refuses every planted fault with its byte."""

import time

import numpy as np
import pytest

from smile.data.formats.obj import read_obj, write_obj
from smile.errors import BadFile
from tests.smile.data.formats import mutants

SMALL = """# a face
mtllib 000.mtl
g face
usemtl skin
v 0 0 0
v 10 0 0
v 10 10.5 0
v 0 10 0
v 5 5 7
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vn 0 0 1
f 1/1/1 2/2/1 3/3/1 4/4/1
f 1/4/1 2/2/1 5/3/1
"""


def write(folder, text, name="000.obj"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def reference_parse(text):
    """Vertices, triangles, uv, uv triangles: plain Python from the format."""
    points, coordinates, triangles, triangles_uv = [], [], [], []
    text = text.replace("\\\r\n", " ").replace("\\\n", " ").replace("\r", "\n")
    for line in text.split("\n"):
        words = line.partition("#")[0].split()
        if words[:1] == ["v"]:
            points.append([float(word) for word in words[1:4]])
        elif words[:1] == ["vt"]:
            coordinates.append([float(word) for word in [*words[1:3], "0"][:2]])
        elif words[:1] == ["f"]:
            corners = [[*word.split("/"), ""][:2] for word in words[1:]]
            vertex = [int(v) - 1 if int(v) > 0 else len(points) + int(v) for v, _ in corners]
            coordinate = [t and (int(t) - 1 if int(t) > 0 else len(coordinates) + int(t)) for _, t in corners]
            triangles += [[vertex[0], *vertex[k : k + 2]] for k in range(1, len(vertex) - 1)]
            triangles_uv += [[coordinate[0], *coordinate[k : k + 2]] for k in range(1, len(vertex) - 1)]
    vertices, uv = (np.array(rows, np.float64).astype(np.float32) for rows in (points, coordinates))
    if any("" in corners for corners in triangles_uv):
        return vertices, triangles, None, None
    return vertices, triangles, uv, triangles_uv


def reference_colours(text):
    lines = text.replace("\\\r\n", " ").replace("\\\n", " ").replace("\r", "\n").split("\n")
    rows = [words[4:7] for line in lines if (words := line.partition("#")[0].split())[:1] == ["v"]]
    return np.array(rows, np.float64).astype(np.float32)


class Author:
    """Writes random meshes in every manner that the format allows."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.line_end = self.rng.choice(["\n", "\r\n", "\r", "\n\n"])
        self.blank = self.rng.choice([" ", " ", "  ", "\t"])
        self.manner = self.rng.choice(["%.4f", "%.6f", "%g", "%.17g", "%.3e", "%+.2E"])
        self.form = self.rng.choice(["v", "v/t", "v//n", "v/t/n", "mixed"])
        self.colours = self.rng.random() < 0.3
        self.backwards = self.rng.random() < 0.3

    def line(self, *words):
        noise = self.rng.random()
        before = " " if noise < 0.03 else ""
        after = " # 1 2 3" if noise > 0.97 else self.blank if noise > 0.9 else ""
        joint = self.blank if noise < 0.9 or "\n" not in self.line_end else f" \\{self.line_end[:2]} "
        return f"{before}{words[0]}{self.blank}{joint.join(words[1:])}{after}{self.line_end}".replace("\n\n ", "\n ")

    def numbers(self, values):
        return [self.manner % value for value in values]

    def point(self):
        return [*self.rng.normal(0, 90, 3), *self.rng.random(3 if self.colours else 0)]

    def corner(self, points, coordinates, normals):
        form = self.rng.choice(["v", "v/t", "v//n", "v/t/n"]) if self.form == "mixed" else self.form
        v, t, n = (int(self.rng.integers(1, count + 1)) for count in (points, coordinates, normals))
        if self.backwards and self.rng.random() < 0.5:
            v, t = v - points - 1, t - coordinates - 1
        return form.replace("v", str(v)).replace("t", str(t)).replace("n", str(n))

    def mesh(self):
        counts = [int(count) for count in self.rng.integers(3, 60, 3)]
        lines = [self.line("v", *self.numbers(self.point())) for _ in range(counts[0])]
        lines += [self.line("vt", *self.numbers(self.rng.random(self.rng.integers(1, 4)))) for _ in range(counts[1])]
        lines += [self.line("vn", "0", "0", "1") for _ in range(counts[2])]
        if not self.backwards:
            lines = [lines[number] for number in self.rng.permutation(len(lines))]
        for _ in range(self.rng.integers(1, 60)):
            lines.append(self.line("f", *(self.corner(*counts) for _ in range(self.rng.integers(3, 7)))))
        lines.insert(
            self.rng.integers(len(lines)), self.line("g", "a", "b") + self.line("s", "off") + self.line("#", "v 1")
        )
        return "".join(lines)


def test_random_meshes_are_read_as_the_reference_reads_them(tmp_path):
    textured = coloured = 0
    for seed in range(300):
        text = Author(seed).mesh()
        scan = read_obj(write(tmp_path, text))
        vertices, triangles, uv, triangles_uv = reference_parse(text)
        assert scan.vertices.tobytes() == vertices.tobytes(), seed
        assert scan.triangles.tolist() == triangles, seed
        assert scan.colours is None or scan.colours.tobytes() == reference_colours(text).tobytes(), seed
        coloured += scan.colours is not None
        assert (scan.uv is None) == (uv is None) == (scan.triangles_uv is None), seed
        if uv is not None:
            textured += 1
            assert scan.uv.tobytes() == uv.tobytes(), seed
            assert scan.triangles_uv.tolist() == triangles_uv, seed
    assert 50 < textured < 250 and 30 < coloured < 150


def test_arrays_have_the_types_of_a_scan(tmp_path):
    scan = read_obj(write(tmp_path, SMALL))
    assert (scan.vertices.dtype, scan.triangles.dtype) == (np.float32, np.int32)
    assert (scan.uv.dtype, scan.triangles_uv.dtype) == (np.float32, np.int32)
    assert scan.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 4]]
    assert scan.triangles_uv.tolist() == [[0, 1, 2], [0, 2, 3], [3, 1, 2]]
    assert scan.landmarks is None


@pytest.mark.parametrize(
    ("library", "there", "found"),
    [
        ("map_Kd |skin.jpg", ["skin.jpg", "000.jpg"], "skin.jpg"),
        ("\tMAP_KD -blendu on -s 1 1 1 -o 0.5 |my skin.png \r", ["my skin.png"], "my skin.png"),
        ("Ka 1 1 1\nmap_Ka other.jpg\nmap_Kd |parts\\skin.jpg", ["parts/skin.jpg", "other.jpg"], "parts/skin.jpg"),
        ("map_Kd |absent.jpg", ["000.bmp"], "000.bmp"),
        ("map_Kd |../outside.jpg", [], None),
        ("map_Kd {parent}/outside.jpg", ["000.jpg"], "000.jpg"),
        ("map_Kd |notes.txt", ["notes.txt"], None),
        ("map_Kd |a\0b.jpg", [], None),
        ("no picture", ["000.JPG"], "000.JPG"),
        (None, ["000.jpg"], "000.jpg"),
    ],
)
@pytest.mark.parametrize("place", ["", "materials/"])
def test_the_texture_is_a_picture_inside_the_folder(tmp_path, library, there, found, place):
    folder = tmp_path / "T1"
    for name in ["x", *there]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"picture")
    (tmp_path / "outside.jpg").write_bytes(b"picture")
    (folder / place).mkdir(exist_ok=True)
    if library is not None:
        prefix = "../" if place else ""  # names in a library are relative to it
        (folder / place / "000.mtl").write_text(library.replace("|", prefix).format(parent=tmp_path))
    scan = read_obj(write(folder, SMALL.replace("000.mtl", f"{place}000.mtl")))
    assert scan.texture == (folder / found if found else None)


@pytest.mark.parametrize("library", ["../000.mtl", "/etc/passwd", "", "a" * 5000, "000.obj", "."])
def test_a_library_outside_the_folder_is_not_opened(tmp_path, library):
    folder = tmp_path / "T1"
    folder.mkdir()
    (tmp_path / "000.mtl").write_text("map_Kd |skin.jpg")
    (folder / "skin.jpg").write_bytes(b"picture")
    assert read_obj(write(folder, SMALL.replace("000.mtl", library))).texture is None


COLOURED = """v 0 0 0 1 0.5 0
v 10 0 0 0 0 1
v 10 10 0 0.25 1 1
f 1 2 3
"""


def test_colours_behind_the_vertices_are_read(tmp_path):
    scan = read_obj(write(tmp_path, COLOURED))
    assert scan.colours.tolist() == [[1, 0.5, 0], [0, 0, 1], [0.25, 1, 1]]
    assert scan.vertices.tolist() == [[0, 0, 0], [10, 0, 0], [10, 10, 0]]
    bytes_ = read_obj(write(tmp_path, COLOURED.replace("1 0.5 0\n", "255 51 0\n")))
    np.testing.assert_allclose(bytes_.colours[0], [1, 0.2, 0], atol=1e-7)
    assert read_obj(write(tmp_path, COLOURED.replace(" 0 0 1\n", "\n"))).colours is None
    assert read_obj(write(tmp_path, COLOURED.replace(" 1 0.5 0\n", " 1\n"))).colours is None  # a weight
    for none in ("256 0 0", "-1 0 0", "1e999 0 0"):
        assert read_obj(write(tmp_path, COLOURED.replace("0.25 1 1", none))).colours is None
    assert read_obj(write(tmp_path, SMALL)).colours is None


def byte(text):
    return f"byte {text.index('@')}", text.replace("@", "")


FAULTS = {
    "index too large": (*byte(SMALL.replace("2/2/1 5", "2/2/1 @6")), "'6/3/1' wants more than the 5 vertices"),
    "index far too large": (*byte(SMALL.replace("2/2/1 5", "2/2/1 @5000000000")), "more than the 5 vertices"),
    "index beyond 18 digits": (*byte(SMALL.replace("2/2/1 5", f"2/2/1 @{10**20}")), "is not a corner"),
    "texture index too large": (*byte(SMALL.replace("5/3/1", "@5/5/1")), "more than the 4 texture coordinates"),
    "index of zero": (*byte(SMALL.replace("1/4/1", "@0/4/1")), "counts from 0"),
    "texture index of zero": (*byte(SMALL.replace("1/4/1", "@1/0/1")), "counts from 0"),
    "index back behind the first": (*byte(SMALL.replace("1/4/1", "@-6/4/1")), "counts from 0 or back"),
    "texture index back": (*byte(SMALL.replace("1/4/1", "@1/-5/1")), "counts from 0 or back"),
    "texture index without any": ("byte 117", SMALL.replace("vt", "vn"), "more than the 0 texture coordinates"),
    "four parts": (*byte(SMALL.replace("1/4/1", "@1/4/1/1")), "is not a corner"),
    "fraction as index": (*byte(SMALL.replace("1/4/1", "@1.0/4/1")), "is not a corner"),
    "word as normal": (*byte(SMALL.replace("1/4/1", "@1/4/x")), "'1/4/x' is not a corner"),
    "nan": (*byte(SMALL.replace("v 5 5 7", "@v 5 nan 7")), "v value nan is not within"),
    "nan as some compilers write it": (*byte(SMALL.replace("v 5 5 7", "@v 1.#QNAN 5 7")), "v value nan is not within"),
    "half a nan": (*byte(SMALL.replace("5 5 7", "5 @na 7")), "'na' is not a number"),
    "infinite": (*byte(SMALL.replace("v 5 5 7", "@v 5 1e999 7")), "inf is not within"),
    "infinite in single precision": (*byte(SMALL.replace("v 5 5 7", "@v 5 -1e300 7")), "-inf is not within"),
    "absurd": (*byte(SMALL.replace("v 5 5 7", "@v 5 5 1.1e6")), "1.1e+06 is not within"),
    "absurd texture": (*byte(SMALL.replace("vt 1 1", "@vt 1 -17")), "vt value -17 is not within 16"),
    "word": (*byte(SMALL.replace("10.5", "@10.5x")), "'10.5x' is not a number"),
    "coordinate lost": (*byte(SMALL.replace("5 5 7", "5 5@")), "too few numbers"),
    "texture coordinates lost": (*byte(SMALL.replace("vt 1 1", "vt @")), "too few numbers"),
    "two corners": (*byte(SMALL.replace(" 2/2/1 5/3/1", " 2/2/1@")), "fewer than 3 corners"),
    "many corners": (*byte(SMALL.replace("5/3/1", "5/3/1 " * 62 + "@5/3/1")), "more than 64 corners"),
    "line end lost": (*byte(SMALL.replace("5 5 7\nvt", "5 5 @7vt")), "'7vt' is not a number"),
    "unknown statement": (*byte(SMALL.replace("usemtl", "@usemtk")), "'usemtk' is no statement"),
    "a vertex that became something else": (*byte(SMALL.replace("v 5", "@w 5")), "'w' is no statement"),
    "no faces": (*byte(SMALL.replace("f ", "# ") + "@"), "without a face"),
    "no points": ("byte 70", SMALL.replace("v ", "# "), "more than the 0 vertices"),
    "empty file": ("byte 0", "", "without a face"),
    "no text": ("byte 0", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is no statement"),
    "a NUL": (*byte(SMALL.replace("\nv 5", "\n@\0\nv 5")), "is no statement"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_refused_with_its_place(tmp_path, name):
    place, text, reason = FAULTS[name]
    path = write(tmp_path, text)
    with pytest.raises(BadFile) as caught:
        read_obj(path)
    assert reason in caught.value.reason
    assert caught.value.place == place or name.startswith(("texture index without", "no points"))
    assert caught.value.place.startswith("byte ")
    assert caught.value.file == path
    assert caught.value.remedy


@pytest.mark.parametrize("own", [True, False])
def test_no_mutant_crashes_hangs_or_passes_for_a_good_scan(tmp_path, own):
    write_obj(tmp_path / "000.obj", mutants.textured_mesh(own), "000.jpg" if own else "", "a comment")
    content = (tmp_path / "000.obj").read_bytes()
    seen = mutants.survey(tmp_path / "000.obj", content, mutants.TEXT, read_obj, mutants.faults_of_scan)
    seen += mutants.survey(tmp_path / "000.obj", SMALL.encode(), mutants.TEXT, read_obj, mutants.faults_of_scan)
    assert seen["refused"] > seen["read"] > 0


@pytest.mark.parametrize(
    "unit", ["v", "v ", "f ", "f 1/", "f 1 ", "\\\n", "\\", "# \\\n", "mtllib ", "\r", "v 1 2 3\n", "\0"]
)
def test_hostile_files_end_soon(tmp_path, unit):
    path = write(tmp_path, (unit * 300_000)[:300_000])
    start = time.perf_counter()
    with pytest.raises(BadFile):
        read_obj(path)
    assert time.perf_counter() - start < 5


def test_a_file_that_was_cut_between_two_faces_is_told_by_its_loose_vertices(tmp_path):
    points = "".join(f"v {k} {k % 7} 0\n" for k in range(2000))
    faces = [f"f {k} {k + 1} {k + 2}\n" for k in range(1, 1999)]
    assert len(read_obj(write(tmp_path, points + "".join(faces[:1100]))).triangles) == 1100
    with pytest.raises(BadFile, match=r"byte \d+: only 7 of 2000 vertices are in a face: the file was cut"):
        read_obj(write(tmp_path, points + "".join(faces[:5])))
