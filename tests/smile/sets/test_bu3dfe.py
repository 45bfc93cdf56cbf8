"""The BU-3DFE reader finds scans by their names in every layout that users have, and names what it leaves out."""

import json
import os
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np
import pytest

from smile.data.face import EXPRESSIONS, Scan
from smile.data.formats.bnd import read_bnd, read_indices, write_bnd
from smile.data.formats.vrml import write_vrml
from smile.errors import BadFile, UserError
from smile.sets.bu3dfe import check_landmarks, read_bu3dfe
from smile.stand_ins.export.bu3dfe import export_bu3dfe
from tests.smile.stand_ins.export.sources import ignore, make

TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
MARKS = np.arange(249, dtype=np.float32).reshape(83, 3)
CODES = ("NE00", *(f"{code}0{level}" for code in ("AN", "DI", "FE", "HA", "SA", "SU") for level in range(1, 5)))


def add_scan(folder, code="AN01", subject="F0001", ancestry="WH", x=0.0, kind="F3D", comment=""):
    """A small scan whose first vertex tells it from others."""
    folder.mkdir(parents=True, exist_ok=True)
    vertices = np.array([[x, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    stem = f"{subject}_{code}{ancestry}"
    scan = Scan(vertices, TRIANGLES, uv=UV, triangles_uv=TRIANGLES)
    write_vrml(folder / f"{stem}_{kind}.wrl", scan, f"{stem}_F3D.bmp", comment)
    return folder / f"{stem}_{kind}.wrl"


def add_landmarks(scan, offset=0.0):
    write_bnd(scan.with_suffix(".bnd"), MARKS + offset)


def ids(data_set):
    return [clip.id for clip in data_set.clips]


def test_a_release_tree_is_read(tmp_path):
    for subject, ancestry in (("M0044", "LA"), ("F0001", "AE")):
        for code in CODES:
            add_landmarks(add_scan(tmp_path / subject, code, subject, ancestry))
            add_scan(tmp_path / subject, code, subject, ancestry, x=9, kind="RAW")
            (tmp_path / subject / f"{subject}_{code}{ancestry}_F3D.bmp").write_bytes(b"picture")
            (tmp_path / subject / f"{subject}_{code}{ancestry}_RAW.pse").write_text("n 0 0 1\n")
            (tmp_path / subject / f"{subject}_{code}{ancestry}_F2D.bmp").write_bytes(b"picture")
    data_set = read_bu3dfe(tmp_path)
    assert (data_set.name, data_set.title, data_set.stand_in, data_set.skipped) == ("bu3dfe", "BU-3DFE", "", ())
    assert len(data_set.clips) == 50 and data_set.subjects == ("F0001", "M0044")
    assert ids(data_set)[:2] == ["F0001/AN01", "F0001/AN02"]
    assert {clip.labels[0] for clip in data_set.clips} == {*EXPRESSIONS, "neutral"}
    neutral, sad = (next(c for c in data_set.clips if c.id == name) for name in ("F0001/NE00", "M0044/SA03"))
    assert (neutral.labels, sad.labels) == (("neutral",), ("sadness",))
    assert neutral.attributes == {"sex": "F", "ancestry": "East-Asian", "level": "0"}
    assert sad.attributes == {"sex": "M", "ancestry": "Latino", "level": "3"}
    assert sad.landmark_scheme == "bu83" and len(sad.frames) == 1
    scan = sad.frames[0]
    np.testing.assert_array_equal(scan.landmarks, MARKS)
    assert scan.vertices[0, 0] == 0  # not the raw scan
    assert scan.texture.name == "M0044_SA03LA_F3D.bmp"


@pytest.mark.parametrize("above", ["", "BU_3DFE - 1/F0001", "original/deep/down", "BU_3DFE - 1"])
def test_folders_and_case_do_not_matter(tmp_path, above):
    add_scan(tmp_path / above)
    path = add_scan(tmp_path / above, "SU04", "M0002", "BL", x=3)
    path.rename(path.with_name("m0002_su04bl_f3d.WRL"))
    data_set = read_bu3dfe(tmp_path)
    assert (ids(data_set), data_set.skipped) == (["F0001/AN01", "M0002/SU04"], ())
    assert data_set.clips[1].attributes == {"sex": "M", "ancestry": "Black", "level": "4"}
    assert data_set.clips[1].frames[0].vertices[0, 0] == 3


@pytest.mark.parametrize(
    "name",
    [
        "F0001_AN01WH_F3D.wrl.bak",
        "._F0001_DI01WH_F3D.wrl",
        "F0001_XX01WH_F3D.bmp",
        "viewer.exe",
    ],
)
def test_unknown_files_are_passed_over(tmp_path, name):
    add_scan(tmp_path, "HA01")
    (tmp_path / name).write_bytes(b"junk")
    data_set = read_bu3dfe(tmp_path)
    assert (ids(data_set), data_set.skipped) == (["F0001/HA01"], ())


@pytest.mark.parametrize(
    "name",
    [
        "F0001_AN05WH_F3D.wrl",
        "F0001_XX01WH_F3D.wrl",
        "F0001_AN01XX_F3D.WRL",
        "X0001_AN01WH_F3D.wrl",
        "F001_AN01WH_F3D.wrl",
        "F0001_AN01WH.wrl",
    ],
)
def test_a_scan_whose_name_holds_unknown_codes_is_named_with_those_that_are_known(tmp_path, name):
    add_scan(tmp_path, "HA01")
    (tmp_path / "F0001").mkdir()
    (tmp_path / "F0001" / name).write_bytes(b"junk")
    data_set = read_bu3dfe(tmp_path)
    assert ids(data_set) == ["F0001/HA01"]
    (skipped,) = data_set.skipped
    assert skipped.clip_id == f"F0001/{name}"
    assert "expression (NE AN DI FE HA SA SU)" in skipped.reason and "ancestry (AE AM BL IN LA WH)" in skipped.reason


def test_second_copies_empty_files_and_raw_scans_alone_are_named(tmp_path):
    add_scan(tmp_path / "b")
    add_scan(tmp_path / "a", x=5)
    add_scan(tmp_path, "HA01", kind="RAW")
    add_scan(tmp_path, "SA01").write_bytes(b"")
    add_scan(tmp_path / "a", "SU01").write_bytes(b"")
    add_scan(tmp_path / "b", "SU01", x=7)
    data_set = read_bu3dfe(tmp_path)
    assert ids(data_set) == ["F0001/AN01", "F0001/SU01"]
    assert [clip.frames[0].vertices[0, 0] for clip in data_set.clips] == [5, 7]
    assert [(one.clip_id, Path(one.file).relative_to(tmp_path).as_posix(), one.reason) for one in data_set.skipped] == [
        ("F0001/AN01", "b/F0001_AN01WH_F3D.wrl", "second copy"),
        ("F0001/HA01", "F0001_HA01WH_RAW.wrl", "no f3d.wrl scan, only raw.wrl"),
        ("F0001/SA01", "F0001_SA01WH_F3D.wrl", "byte 0: the file is empty; copy the file again"),
        ("F0001/SU01", "a/F0001_SU01WH_F3D.wrl", "byte 0: the file is empty; copy the file again"),
    ]


def test_landmarks_may_lie_elsewhere_and_those_beside_the_scan_count_first(tmp_path):
    scan = add_scan(tmp_path / "scans")
    other = add_scan(tmp_path / "scans", "AN02")
    (tmp_path / "marks").mkdir()
    write_bnd(tmp_path / "marks" / f"{other.stem}.bnd", MARKS + 1)
    write_bnd(tmp_path / "marks" / f"{scan.stem}.bnd", MARKS + 2)
    add_landmarks(scan, 3)
    add_scan(tmp_path / "scans", "AN03")
    first, second, third = read_bu3dfe(tmp_path).clips
    assert [clip.frames[0].landmarks[0, 0] for clip in (first, second)] == [3, 1]
    assert (third.landmark_scheme, third.frames[0].landmarks) == (None, None)


def test_a_faulty_scan_is_refused_when_it_is_read_and_only_then(tmp_path):
    good, cut, unmarked = (add_scan(tmp_path, code) for code in ("AN01", "AN02", "AN03"))
    cut.write_bytes(cut.read_bytes()[:200])
    unmarked.with_suffix(".bnd").write_text("1 2 3")
    clips = read_bu3dfe(tmp_path).clips
    assert len(clips[0].frames[0].vertices) == 4 and good.is_file()
    with pytest.raises(BadFile, match=r"AN02WH_F3D\.wrl"):
        clips[1].frames[0]
    with pytest.raises(BadFile, match=r"AN03WH_F3D\.bnd: line 1"):
        clips[2].frames[0]


def test_a_picture_outside_of_the_folder_is_never_opened(tmp_path):
    scan = add_scan(tmp_path / "in")
    (tmp_path / "outside.bmp").write_bytes(b"")
    for name in ("../outside.bmp", str(tmp_path / "outside.bmp")):
        text = scan.read_text().replace("F0001_AN01WH_F3D.bmp", name)
        (tmp_path / "in" / "F0001_AN02WH_F3D.wrl").write_text(text)
        assert read_bu3dfe(tmp_path / "in").clips[1].frames[0].texture is None


def test_scans_can_go_to_another_process(tmp_path):
    add_landmarks(add_scan(tmp_path, x=7))
    clip = ForkingPickler.loads(ForkingPickler.dumps(read_bu3dfe(tmp_path).clips[0]))
    assert clip.frames[0].vertices[0, 0] == 7


def test_the_content_key_follows_the_files_and_not_their_place(tmp_path):
    def key(root):
        return read_bu3dfe(root).clips[0].content_key

    for root in (tmp_path / "a", tmp_path / "b" / "F0001"):
        os.utime(add_scan(root), ns=(1, 1))
    scan = tmp_path / "a" / "F0001_AN01WH_F3D.wrl"
    first = key(tmp_path / "a")
    assert first == key(tmp_path / "b")
    add_landmarks(scan)
    with_landmarks = key(tmp_path / "a")
    scan.with_suffix(".bmp").write_bytes(b"picture")
    with_picture = key(tmp_path / "a")
    status = scan.stat()
    scan.write_bytes(scan.read_bytes()[:-1] + b" ")  # at equal size and time
    os.utime(scan, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert len({first, with_landmarks, with_picture, key(tmp_path / "a")}) == 4


def test_made_faces_are_told_by_the_marker_or_by_any_scan(tmp_path):
    add_scan(tmp_path)
    assert read_bu3dfe(tmp_path).stand_in == ""
    (tmp_path / "stand-in.json").write_text(json.dumps({"made_by": "ICT-FaceKit"}))
    assert read_bu3dfe(tmp_path).stand_in == "ICT-FaceKit"
    (tmp_path / "stand-in.json").unlink()
    add_scan(tmp_path, "SU04", "M0009", comment="Not a recording, made by synthetic")
    assert read_bu3dfe(tmp_path).stand_in == "synthetic"


def test_a_wrong_root_is_answered_with_the_expected_layout(tmp_path):
    (tmp_path / "file.zip").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    add_scan(tmp_path / "raw", kind="RAW")
    for name, reason in {
        "absent": "does not exist",
        "file.zip": "unpack it",
        "empty": "no scans",
        "raw": "RAW",
    }.items():
        with pytest.raises(UserError, match=reason) as caught:
            read_bu3dfe(tmp_path / name)
        assert "F0001_AN01WH_F3D.wrl" in str(caught.value)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    root = tmp_path_factory.mktemp("bu3dfe")
    export_bu3dfe(make("synthetic", "bu3dfe").clips[:1], root, "a test", ignore)
    return root


def look(clip):
    return check_landmarks(clip.frames[0], clip.frames.landmarks[0])


def test_landmarks_on_their_vertices_are_in_order(exported):
    assert [look(clip) for clip in read_bu3dfe(exported).clips] == [""] * 5


def shift(points, indices):
    return points, np.roll(indices, 1)


def count_from_one(points, indices):
    return points, indices + 1


def overflow(points, indices):
    return points, np.where(np.arange(83) == 5, 900_000, indices).astype(np.int32)


def move(points, indices):
    return points + np.float32([0, 0, 1.5]), indices


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (shift, "from its vertex"),
        (count_from_one, "from its vertex"),
        (overflow, "names vertex 900000"),
        (move, "1.5 mm"),
    ],
)
def test_landmarks_of_another_scan_are_found_out(tmp_path, exported, fault, reason):
    (tmp_path / "in").mkdir()
    scan = exported / "F0001" / "F0001_AN02WH_F3D.wrl"
    marks = scan.with_suffix(".bnd")
    (tmp_path / "in" / scan.name).write_bytes(scan.read_bytes())
    points, indices = fault(read_bnd(marks), read_indices(marks))
    write_bnd(tmp_path / "in" / marks.name, points, indices)
    assert reason in look(read_bu3dfe(tmp_path / "in").clips[0])
