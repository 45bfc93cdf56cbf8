"""Every planted fault is found and named, nothing else is, and one bad scan stops nothing."""

import shutil

import numpy as np
import pytest
from PIL import Image

from smile.check import inspection
from smile.check.inspection import inspect
from smile.commands.check import summarise
from smile.data.disk import ScanFiles
from smile.data.face import Clip, DataSet, Scan, Skipped
from smile.data.formats.bnd import read_bnd, read_indices, write_bnd
from smile.data.formats.obj import write_obj
from smile.sets.frame_files import read_frame, read_marks
from smile.sets.readers import read_data_set
from smile.stand_ins.export.bu3dfe import export_bu3dfe
from smile.stand_ins.export.bu4dfe import export_bu4dfe
from smile.stand_ins.synthetic import make_synthetic
from tests.smile.rendering.faces import mesh
from tests.smile.stand_ins.export.sources import ignore, make

FRAMES = 5


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two subjects of made faces as BU-4DFE, six clips each."""
    root = tmp_path_factory.mktemp("bu4dfe")
    export_bu4dfe(make_synthetic(2, FRAMES).clips, root, "a test", ignore)
    return root


@pytest.fixture
def tree(tmp_path, whole):
    return shutil.copytree(whole, tmp_path / "tree")


def look(root, name="bu4dfe", **settings):
    return inspect(read_data_set(name, root), ignore, **settings)


def test_a_sound_copy_has_no_faults_and_every_scan_is_read(whole):
    told = []
    data_set = read_data_set("bu4dfe", whole)
    found = inspect(data_set, lambda done, total: told.append((done, total)))
    scans = sum(len(clip.frames) for clip in data_set.clips)
    assert (found.faults, found.gaps, found.bare) == ((), (), ())
    assert found.scans == found.read == found.usable == scans
    assert told[-1] == (scans, scans) and told == sorted(told)
    assert found.to_json() == {
        "data_set": "bu4dfe",
        "subjects": 2,
        "clips": 12,
        "scans": scans,
        "labels": dict.fromkeys(("anger", "disgust", "fear", "happiness", "sadness", "surprise"), 2),
        "faults": [],
        "alike": [],
        "left_out": [],
        "twins": [],
    }


def cut(path):
    path.write_bytes(path.read_bytes()[:60])


FAULTS = {
    "cut": ("F001/Angry/001.wrl", cut, "byte 60: the file ends"),
    "empty": ("F001/Fear/000.wrl", lambda path: path.write_bytes(b""), "without a coord block"),
    "landmarks": ("BU4DFE_BND_V1.1/M001/Sad/002.bnd", lambda path: path.write_text("1 2 3 4\n"), "instead of 83"),
    "folder": ("F001/Bored/000.wrl", lambda path: (path.parent.mkdir(), path.write_text("x")), "none of Angry"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_with_its_file_and_reason(tree, name):
    file, plant, reason = FAULTS[name]
    plant(tree / file)
    found = look(tree)
    (fault,) = found.faults
    assert fault.file == str((tree / file).parent if name == "folder" else tree / file)
    assert reason in fault.reason
    assert str(tree) not in fault.reason, "the file is not repeated in the reason"
    assert found.usable == found.scans - (name != "folder")


def test_all_faults_at_once_are_counted_and_the_rest_is_read(tree):
    for file, plant, _ in FAULTS.values():
        plant(tree / file)
    found = look(tree)
    assert len(found.faults) == len(FAULTS)
    assert found.usable == found.scans - 3
    assert found.faults[0].file.endswith("Bored"), "what the reader skipped comes first"


def test_any_number_of_threads_finds_the_same_in_the_same_order(tree):
    for file, plant, _ in FAULTS.values():
        plant(tree / file)
    assert look(tree, workers=1).faults == look(tree, workers=3).faults


def test_quick_reads_the_first_scan_of_each_clip_alone(tree):
    cut(tree / "F001/Angry/001.wrl")
    cut(tree / "F001/Happy/000.wrl")
    found = look(tree, quick=True)
    assert [fault.file for fault in found.faults] == [str(tree / "F001/Happy/000.wrl")]
    assert (found.read, found.usable, found.scans) == (12, 11, look(tree).scans)


def test_missing_frames_and_pictures_are_told(tree):
    (tree / "F001/Fear/002.wrl").unlink()
    (tree / "F001/Fear/003.wrl").unlink()
    (tree / "M001/Sad/001.jpg").unlink()
    found = look(tree)
    assert found.gaps == ("F001/Fear lacks 2, 3",)
    assert found.bare == (str(tree / "M001/Sad/001.wrl"),)


def test_frames_that_are_named_by_the_time_of_recording_take_no_memory(tmp_path):
    scans = tuple(tmp_path / f"{name}.wrl" for name in ("000", "20261201123456789", "7"))
    clip = Clip("F001/Fear", "F001", ("fear",), ScanFiles(scans, (None,) * 3, read_frame, read_marks), "key")
    assert inspection._find_gap(clip) == "F001/Fear lacks 1, 2, 3 and 20261201123456784 more"


def test_second_copies_are_faults_of_the_folder_that_they_lie_in(tree):
    shutil.copytree(tree / "F001", tree / "part 2" / "F001")
    faults = look(tree).faults
    assert len(faults) == 6
    assert {fault.file for fault in faults} <= {str(path) for path in (tree / "part 2" / "F001").iterdir()}


def test_a_reader_that_breaks_down_is_a_fault_of_its_scan_alone():
    class Frames(list):
        def __getitem__(self, number):
            raise IndexError("no such luck")

    data_set = DataSet("x", "X", (Clip("a", "S1", ("fear",), Frames([0]), ""),), (Skipped("b", "torn"),))
    found = inspect(data_set, ignore)
    assert [(fault.file, fault.reason) for fault in found.faults] == [
        ("b", "torn"),
        ("a, frame 0", "the reader failed, please report it: IndexError: no such luck"),
    ]
    assert found.usable == 0


def test_a_skipped_scan_is_named_by_its_file_or_else_by_its_clip():
    skipped = (Skipped("S1/x", "byte 3: torn; copy it", "/data/scan.wrl"), Skipped("S1/y", "odd: nothing"))
    found = inspect(DataSet("x", "X", (), skipped), ignore)
    assert [(fault.file, fault.reason) for fault in found.faults] == [
        ("/data/scan.wrl", "byte 3: torn; copy it"),
        ("S1/y", "odd: nothing"),
    ]


def test_landmarks_of_bu3dfe_that_lie_off_their_vertices_are_faults_of_readable_scans(tmp_path):
    export_bu3dfe(make("synthetic", "bu3dfe").clips[:1], tmp_path, "a test", ignore)
    assert look(tmp_path, "bu3dfe").faults == ()
    marks = tmp_path / "F0001" / "F0001_AN02WH_F3D.bnd"
    write_bnd(marks, read_bnd(marks), np.roll(read_indices(marks), 1))
    found = look(tmp_path, "bu3dfe")
    assert [fault.file for fault in found.faults] == [str(marks)]
    assert "from its vertex" in found.faults[0].reason
    assert found.usable == found.scans
    marks.unlink()
    assert look(tmp_path, "bu3dfe").faults == (), "without landmarks there is nothing to be wrong"


def test_a_picture_that_cannot_be_opened_is_named_and_its_scan_is_used(tree):
    picture = next(tree.glob("F001/Angry/000.*[!l]"))
    picture.write_bytes(b"no picture")
    found = look(tree)
    (fault,) = found.faults
    assert fault.file == str(picture) and "cannot be read as a picture" in fault.reason
    assert found.usable == found.scans


def list_faces(folder, rows):
    """A manifest of small scans of these subjects and labels."""
    for number, _ in enumerate(rows):
        points, triangles = mesh(1 + number / 50, step=9.0)
        face = Scan(points, triangles, uv=np.ones((len(points), 2), np.float32), triangles_uv=triangles)
        write_obj(folder / f"{number}.obj", face, "absent.jpg", "")
    lines = [f"{number}.obj,{subject},{label}" for number, (subject, label) in enumerate(rows)]
    (folder / "manifest.csv").write_text("\n".join(["path,subject,label", *lines]))
    return folder


def test_names_that_are_probably_one_are_named_once_a_group(tmp_path):
    rows = [("Zoë", "mild joy"), ("Zoe\u0308", "Mild  Joy"), ("zoë", "fear"), ("ben", "fear"), ("Ben K", "fear")]
    found = look(list_faces(tmp_path, rows), "manifest")
    assert [line.split(" and differ")[0] for line in found.alike] == [
        r"'Zoe\u0308' and 'Zo\xeb' and 'zo\xeb' are 3 subjects,",
        "'Mild  Joy' and 'mild joy' are 2 labels,",
    ]
    assert found.faults == () and look(list_faces(tmp_path, rows[3:]), "manifest").alike == ()


def test_clips_of_one_subject_that_are_probably_one_are_named(tmp_path):
    folder = list_faces(tmp_path, [("anna", "joy")] * 4)
    named = zip(range(4), ["Take 1", "take 1", "é", "e\u0301"], strict=True)
    rows = [f"{number}.obj,anna,joy,{clip}" for number, clip in named]
    (folder / "manifest.csv").write_text("\n".join(["path,subject,label,clip", *rows]))
    assert [line.split(" and differ")[0] for line in look(folder, "manifest").alike] == [
        "'Take 1' and 'take 1' are 2 clips,",
        r"'e\u0301' and '\xe9' are 2 clips,",
    ]


def test_a_picture_that_would_fill_memory_and_one_that_starts_a_program_are_faults(tmp_path):
    list_faces(tmp_path, [("a", "joy"), ("b", "joy"), ("c", "joy")])
    Image.new("1", (13000, 13000)).save(tmp_path / "0.png")
    (tmp_path / "1.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    Image.new("RGB", (8, 8)).save(tmp_path / "2.png")
    found = look(tmp_path, "manifest")
    assert [fault.file for fault in found.faults] == [str(tmp_path / "0.png"), str(tmp_path / "1.jpg")]
    assert "pixels" in found.faults[0].reason and "make the picture smaller" in found.faults[0].reason
    assert "cannot be read as a picture" in found.faults[1].reason


def test_what_is_not_used_of_a_scan_is_said(tmp_path):
    list_faces(tmp_path, [("a", "joy"), ("b", "joy")])
    scan = (tmp_path / "0.obj").read_text()
    (tmp_path / "0.obj").write_text(scan.replace("vt 1.000000 1.000000", "vt nan nan", 1))
    found = look(tmp_path, "manifest")
    assert len(found.left_out) == 1 and "0.obj: a texture coordinate is no number" in found.left_out[0]
    assert found.usable == 2 and "Of 1 scan(s) not everything is used" in summarise(found, tmp_path)


def test_a_face_that_stands_there_twice_is_said_whatever_it_is_called(tmp_path):
    list_faces(tmp_path, [("a", "joy"), ("b", "fear"), ("c", "fear"), ("d", "joy")])
    for number, other in ((2, 0), (3, 1)):
        shutil.copy(tmp_path / f"{other}.obj", tmp_path / f"{number}.obj")
    found = look(tmp_path, "manifest")
    assert found.twins == (("0", "2"), ("1", "3"))
    assert "2 group(s) of clips have the same scans, e.g. 0; 2" in summarise(found, tmp_path)


def test_what_is_no_face_is_a_fault_in_check_as_in_prepare(tmp_path):
    list_faces(tmp_path, [("a", "joy"), ("b", "joy")])
    points, triangles = mesh(step=9.0)
    write_obj(tmp_path / "1.obj", Scan(points * np.float32([1, 1, 0]), triangles), "", "")
    found = look(tmp_path, "manifest")
    assert found.usable == 1 and "the mesh is flat" in found.faults[0].reason
