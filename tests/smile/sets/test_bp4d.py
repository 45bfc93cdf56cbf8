"""The readers of BP4D and BP4D+ find clips in every layout that is known or likely, and name what they leave out."""

import json
import zipfile
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
from PIL import Image

from smile.data.face import Skipped
from smile.errors import BadFile, UserError
from smile.sets.bp4d import BP4D_PLUS_TASKS, BP4D_TASKS, read_bp4d, read_bp4d_plus
from tests.smile.data.disk_scans import MARKS, add_marks, add_picture, add_scan, pack_folder


def ids(data_set):
    return [clip.id for clip in data_set.clips]


def first_x(clip):
    return [float(scan.vertices[:, 0].max()) if scan.vertices[:, 0].max() > 1 else 0.0 for scan in clip.frames]


def test_a_release_is_read_by_subject_and_task(tmp_path):
    for subject in ("M001", "F002", "F001"):
        for task in BP4D_TASKS:
            add_scan(tmp_path / subject / f"T{task}" / "0000.obj")
            (tmp_path / "AUCoding").mkdir(exist_ok=True)
            (tmp_path / "AUCoding" / f"{subject}_T{task}.csv").write_text("0,1,12,4\n1,1,0,9\n2,1,1,9\n")
    data_set = read_bp4d(tmp_path)
    assert ids(data_set) == [f"{subject}/T{task}" for subject in ("F001", "F002", "M001") for task in range(1, 9)]
    assert [clip.labels[0] for clip in data_set.clips[:8]] == list(BP4D_TASKS.values())
    assert (data_set.name, data_set.title, data_set.stand_in, data_set.skipped) == ("bp4d", "BP4D", "", ())
    clip = data_set.clips[-1]
    assert (clip.subject, clip.attributes, clip.fps) == ("M001", {"sex": "M", "task": "T8"}, 25.0)
    assert clip.action_units == {"1": 1.0, "12": 0.5}
    assert clip.landmark_scheme is None


def test_bp4d_plus_has_ten_tasks_of_its_own(tmp_path):
    for task in BP4D_PLUS_TASKS:
        add_scan(tmp_path / "2D+3D" / "F082" / f"T{task}" / "0000.obj")
    (tmp_path / "AUCoding/AU_OCC").mkdir(parents=True)
    (tmp_path / "AUCoding/AU_INT/AU06").mkdir(parents=True)
    (tmp_path / "AUCoding/AU_OCC/F082_T1.csv").write_text("0,6\n1,1\n")
    (tmp_path / "AUCoding/AU_INT/AU06/F082_T6.csv").write_text("no table")
    data_set = read_bp4d_plus(tmp_path)
    assert [clip.labels[0] for clip in data_set.clips] == list(BP4D_PLUS_TASKS.values())
    assert ids(data_set)[-2:] == ["F082/T9", "F082/T10"]
    assert (data_set.name, data_set.title, data_set.skipped) == ("bp4dplus", "BP4D+", ())
    assert [dict(clip.action_units) for clip in data_set.clips[:2]] == [{"6": 1.0}, {}]


@pytest.mark.parametrize("suffix", [".obj", ".wrl", ".ply", ".OBJ"])
def test_frames_are_sorted_by_number_whatever_the_padding_and_the_format(tmp_path, suffix):
    folder = tmp_path / "F001" / "T1"
    for name, x in {"10": 10, "9": 9, "0002": 2, "00101": 101, "100": 100}.items():
        add_scan(folder / f"{name}{suffix.lower()}", x)
        (folder / f"{name}{suffix.lower()}").rename(folder / f"{name}{suffix}")
    for junk in ("notes.obj", "._0000.obj", "0000.obj.bak", "x1.obj"):
        (folder / junk).write_text("junk")
    clip = read_bp4d(tmp_path).clips[0]
    assert first_x(clip) == [2, 9, 10, 100, 101]
    assert [scan.vertices[:, 0].max() for scan in clip.frames[1:4:2]] == [9, 100]
    assert len(clip.frames[2:]) == 3


@pytest.mark.parametrize(
    "place",
    [
        "F001/T1",
        "f001/t1",
        "BP4D/3D/F001/T1",
        "F009/part/F001/T01",
        "F001/T1/meshes",
        "F001_T1",
        "3D/F001_T1/obj",
        "F001/Task 1",
    ],
)
def test_upper_and_lower_case_depth_and_names_of_folders_do_not_matter(tmp_path, place):
    add_scan(tmp_path / place / "0000.obj")
    data_set = read_bp4d(tmp_path)
    assert (ids(data_set), data_set.skipped) == (["F001/T1"], ())


def test_a_subject_or_a_single_clip_may_be_the_root(tmp_path):
    add_scan(tmp_path / "F001" / "T1" / "0000.obj")
    assert ids(read_bp4d(tmp_path / "F001")) == ids(read_bp4d(tmp_path / "F001" / "T1")) == ["F001/T1"]


@pytest.mark.parametrize("picture", ["0007.jpg", "007.jpg", "7.png", "0007.JPG", "00007.bmp"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_picture_with_the_same_number_is_the_texture(tmp_path, picture, packed):
    folder = tmp_path / "F001" / "T1"
    add_scan(folder / "0007.obj")
    add_scan(folder / "0008.obj")
    add_picture(folder / picture, (250, 10, 10))
    if packed:
        pack_folder(tmp_path / "F001", tmp_path / "F001.zip")
    with_texture, without = read_bp4d(tmp_path).clips[0].frames
    assert without.texture is None
    with Image.open(with_texture.texture) as image:
        np.testing.assert_allclose(image.convert("RGB").getpixel((4, 4)), (250, 10, 10), atol=4)


@pytest.mark.parametrize(
    "name",
    [
        "F001/T1/0001.bnd",
        "3DFeatures/F001/T1/001.bnd",
        "3DFeatures/F001_T1_0001.bndplus",
        "3DFeatures/BND/F001_T1_00001.bndplus",  # some names of the release carry one more zero
        "3DFeatures/FacialLandmarks/f001_t1_1.bndplus",
    ],
)
def test_landmarks_are_found_beside_the_frames_in_a_tree_or_by_their_names(tmp_path, name):
    add_scan(tmp_path / "F001" / "T1" / "0000.obj")
    add_scan(tmp_path / "F001" / "T1" / "0001.obj")
    add_marks(tmp_path / name)
    clip = read_bp4d(tmp_path).clips[0]
    assert clip.landmark_scheme == "bu83"
    assert clip.frames[0].landmarks is None
    np.testing.assert_array_equal(clip.frames[1].landmarks, MARKS)


def test_landmarks_beside_the_frames_count_first(tmp_path):
    add_scan(tmp_path / "F001" / "T1" / "0000.obj")
    add_marks(tmp_path / "F001" / "T1" / "0000.bnd")
    add_marks(tmp_path / "A" / "F001_T1_0000.bndplus", offset=5)
    add_marks(tmp_path / "A" / "F001_T1_0001.bndplus", offset=5)
    np.testing.assert_array_equal(read_bp4d(tmp_path).clips[0].frames[0].landmarks, MARKS)


@pytest.mark.parametrize("inside", ["F001", "F001/whatever"])
def test_archives_of_subjects_are_read_in_place(tmp_path, inside):
    for task in (1, 10):
        for frame in (9, 10):
            add_scan(tmp_path / inside / f"T{task}" / f"{frame:04d}.obj", frame + task)
            add_marks(tmp_path / inside / f"T{task}" / f"{frame:04d}.bnd", frame)
    plain = read_bp4d_plus(tmp_path)
    wanted = [first_x(clip) for clip in plain.clips]
    assert wanted == [[10, 11], [19, 20]]
    (tmp_path / "2D+3D").mkdir()
    pack_folder(tmp_path / "F001", tmp_path / "2D+3D" / "F001.zip")
    data_set = read_bp4d_plus(tmp_path)
    assert ids(data_set) == ["F001/T1", "F001/T10"]
    assert [first_x(clip) for clip in data_set.clips] == wanted
    np.testing.assert_array_equal(data_set.clips[1].frames[1].landmarks, MARKS + 10)
    assert [entry.name for entry in (tmp_path / "2D+3D").iterdir()] == ["F001.zip"]


def test_the_subject_may_be_told_by_the_archive_alone(tmp_path):
    add_scan(tmp_path / "top" / "T3" / "0.obj", 3)
    pack_folder(tmp_path / "top", tmp_path / "M007.zip")
    data_set = read_bp4d(tmp_path)
    assert (ids(data_set), first_x(data_set.clips[0])) == (["M007/T3"], [3])


def test_frames_of_an_archive_can_go_to_another_process(tmp_path):
    add_scan(tmp_path / "F001" / "T1" / "0000.obj", 7)
    pack_folder(tmp_path / "F001", tmp_path / "F001.zip")
    frames = ForkingPickler.loads(ForkingPickler.dumps(read_bp4d(tmp_path).clips[0])).frames
    assert frames[0].vertices[:, 0].max() == 7


def test_a_broken_archive_is_named_and_the_others_are_read(tmp_path):
    add_scan(tmp_path / "F001" / "T1" / "0000.obj")
    (tmp_path / "F002.zip").write_bytes(b"PK broken")
    with zipfile.ZipFile(tmp_path / "F003.zip", "w") as file:
        file.writestr("../T1/0000.obj", "v 0 0 0")
    data_set = read_bp4d(tmp_path)
    assert ids(data_set) == ["F001/T1"]
    reasons = {skipped.clip_id: skipped.reason for skipped in data_set.skipped}
    assert list(reasons) == ["F002.zip", "F003.zip"]
    assert "no zip archive" in reasons["F002.zip"] and "lead out" in reasons["F003.zip"]


def test_known_glitches_of_the_release_are_named_or_mended(tmp_path):
    add_scan(tmp_path / "2D+3D/F042/T10/0000.obj")
    (tmp_path / "Physiology/F042/T10").mkdir(parents=True)
    (tmp_path / "Physiology/F042/T11").mkdir(parents=True)
    (tmp_path / "Physiology/F042/T11/BP_mmHg.txt").write_text("80\n")
    data_set = read_bp4d_plus(tmp_path)
    assert ids(data_set) == ["F042/T10"]
    assert len(data_set.clips[0].frames) == 1  # short sequences are clips like others
    (skipped,) = data_set.skipped
    folder = str(tmp_path / "Physiology" / "F042" / "T11")
    assert skipped == Skipped("F042/T11", "no meshes (0001.obj ...)", folder)


def test_unknown_tasks_and_second_copies_are_named(tmp_path):
    add_scan(tmp_path / "F001" / "T8" / "0000.obj")
    add_scan(tmp_path / "F001" / "T9" / "0000.obj")
    add_scan(tmp_path / "copy" / "F001" / "T8" / "0000.obj", 5)
    add_scan(tmp_path / "F0011" / "T1" / "0000.obj")
    data_set = read_bp4d(tmp_path)
    assert (ids(data_set), first_x(data_set.clips[0])) == (["F001/T8"], [0])
    assert data_set.skipped == (
        Skipped("F001/T8", "second copy", str(tmp_path / "copy" / "F001" / "T8")),
        Skipped("F001/T9", "BP4D has tasks T1 to T8", str(tmp_path / "F001" / "T9")),
    )


@pytest.mark.parametrize("table", ["0,12\n5,3.5\n", "0,12\n5,1,1\n", ""])
def test_a_faulty_table_is_named_and_its_clip_goes_without(tmp_path, table):
    add_scan(tmp_path / "F001" / "T1" / "0000.obj")
    (tmp_path / "AUCoding").mkdir()
    (tmp_path / "AUCoding" / "F001_T1.csv").write_text(table)
    data_set = read_bp4d(tmp_path)
    assert (ids(data_set), dict(data_set.clips[0].action_units)) == (["F001/T1"], {})
    (skipped,) = data_set.skipped
    assert skipped.clip_id == "F001/T1 (action units)"
    assert skipped.file == str(tmp_path / "AUCoding" / "F001_T1.csv") and "used without them" in skipped.reason


def test_a_faulty_frame_is_refused_when_it_is_read_and_only_then(tmp_path):
    for packed in ("F001", "F002"):
        add_scan(tmp_path / packed / "T1" / "0000.obj")
        (tmp_path / packed / "T1" / "0001.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n")
    pack_folder(tmp_path / "F002", tmp_path / "F002.zip")
    for clip in read_bp4d(tmp_path).clips:
        assert len(clip.frames[0].vertices) == 4
        with pytest.raises(BadFile) as caught:
            clip.frames[1]
        assert str(caught.value.file).endswith("T1/0001.obj")
        assert str(caught.value.file).startswith(str(tmp_path))


def test_the_content_key_follows_meshes_pictures_and_landmarks(tmp_path):
    def key():
        return read_bp4d(tmp_path).clips[0].content_key

    folder = tmp_path / "F001" / "T1"
    add_scan(folder / "0000.obj")
    keys = [key()]
    add_picture(folder / "0000.jpg")
    keys.append(key())
    add_marks(tmp_path / "marks" / "F001_T1_0000.bndplus")
    keys.append(key())
    add_picture(folder / "0001.jpg")  # belongs to no mesh
    assert key() == keys[-1]
    pack_folder(tmp_path / "F001", tmp_path / "F001.zip")
    keys.append(key())
    assert len(set(keys)) == 4


def test_made_faces_are_told_by_the_marker_or_by_the_scans(tmp_path):
    add_scan(tmp_path / "F001" / "T1" / "0000.obj")
    (tmp_path / "stand-in.json").write_text(json.dumps({"made_by": "ICT-FaceKit"}))
    assert read_bp4d(tmp_path).stand_in == "ICT-FaceKit"
    (tmp_path / "stand-in.json").unlink()
    assert read_bp4d(tmp_path).stand_in == ""
    add_scan(tmp_path / "F001" / "T1" / "0000.obj", comment="Not a recording, made by synthetic")
    pack_folder(tmp_path / "F001", tmp_path / "F001.zip")
    assert read_bp4d(tmp_path).stand_in == "synthetic"


def test_a_wrong_root_is_answered_with_the_expected_layout(tmp_path):
    (tmp_path / "file.zip").write_bytes(b"PK")
    add_picture(tmp_path / "flat" / "F001" / "T1" / "0000.jpg")
    (tmp_path / "empty").mkdir()
    for name, reason in {
        "absent": "does not exist",
        "file.zip": "is a file",
        "empty": "no meshes below",
        "flat": "F001/T1: no meshes",
    }.items():
        with pytest.raises(UserError, match=reason) as caught:
            read_bp4d(tmp_path / name)
        assert "F001/T1/0001.obj" in str(caught.value)
