"""The BU-4DFE reader finds clips in every layout that users have, and names what it leaves out."""

import json
import os
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from smile.data.face import EXPRESSIONS, Scan, Skipped
from smile.data.formats.bnd import write_bnd
from smile.data.formats.vrml import write_vrml
from smile.errors import BadFile, UserError
from smile.sets.bu4dfe import FOLDERS, read_bu4dfe

TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
MARKS = np.arange(249, dtype=np.float32).reshape(83, 3)


def add_scan(folder, name="000.wrl", x=0.0):
    """A small scan whose first vertex tells it from others."""
    folder.mkdir(parents=True, exist_ok=True)
    vertices = np.array([[x, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    write_vrml(folder / name, Scan(vertices, TRIANGLES), "")


def add_landmarks(folder, name="000.bnd", offset=0.0):
    folder.mkdir(parents=True, exist_ok=True)
    write_bnd(folder / name, MARKS + offset)


def ids(data_set):
    return [clip.id for clip in data_set.clips]


def test_a_release_tree_is_read(tmp_path):
    for subject in ("M001", "F002", "F001"):
        for folder in FOLDERS:
            add_scan(tmp_path / subject / folder)
            add_landmarks(tmp_path / "BU4DFE_BND_V1.1" / subject / folder)
    data_set = read_bu4dfe(tmp_path)
    assert ids(data_set) == [f"{subject}/{folder}" for subject in ("F001", "F002", "M001") for folder in FOLDERS]
    assert [clip.labels[0] for clip in data_set.clips[:6]] == list(EXPRESSIONS)
    assert (data_set.name, data_set.title, data_set.stand_in, data_set.skipped) == ("bu4dfe", "BU-4DFE", "", ())
    clip = data_set.clips[-1]
    assert (clip.subject, clip.attributes, clip.fps, clip.landmark_scheme) == ("M001", {"sex": "M"}, 25.0, "bu83")
    np.testing.assert_array_equal(clip.frames[0].landmarks, MARKS)


def test_frames_are_sorted_by_number_and_gaps_are_allowed(tmp_path):
    names = {"10.wrl": 10, "9.wrl": 9, "000.wrl": 0, "0101.WRL": 101, "100.wrl": 100}
    for name, x in names.items():
        add_scan(tmp_path / "F001" / "Happy", name, x)
    for junk in ("notes.wrl", "._000.wrl", "000.wrl.bak", "x1.wrl"):
        (tmp_path / "F001" / "Happy" / junk).write_text("junk")
    frames = read_bu4dfe(tmp_path).clips[0].frames
    assert [scan.vertices[0, 0] for scan in frames] == [0, 9, 10, 100, 101]
    assert [scan.vertices[0, 0] for scan in frames[1:4:2]] == [9, 100]
    assert frames[-1].vertices[0, 0] == 101
    assert len(frames[2:]) == 3


@pytest.mark.parametrize("above", ["", "BU4DFE/part 1", "F009"])
def test_upper_and_lower_case_and_depth_do_not_matter(tmp_path, above):
    add_scan(tmp_path / above / "f001" / "HAPPY", "000.WRL")
    add_scan(tmp_path / above / "M002" / "surprise")
    data_set = read_bu4dfe(tmp_path)
    assert ids(data_set) == ["F001/Happy", "M002/Surprise"]
    assert [clip.labels for clip in data_set.clips] == [("happiness",), ("surprise",)]
    assert data_set.skipped == ()


def test_a_subject_or_a_single_clip_may_be_the_root(tmp_path):
    add_scan(tmp_path / "F001" / "Happy")
    assert ids(read_bu4dfe(tmp_path / "F001")) == ids(read_bu4dfe(tmp_path / "F001" / "Happy")) == ["F001/Happy"]


def test_the_viewer_and_unknown_folders_are_passed_over(tmp_path):
    add_scan(tmp_path / "F001" / "Happy")
    for folder in ("BU_WrlViewer_V2/F002/Sad", "F0001/Sad", "X001/Sad", "F001/Happy/deeper", ".partial/F003/Sad"):
        add_scan(tmp_path / folder)
    data_set = read_bu4dfe(tmp_path)
    assert (ids(data_set), data_set.skipped) == (["F001/Happy"], ())


@pytest.mark.parametrize("package", ["BU4DFE_BND_V1.1", "bu4dfe_bnd", "deep/down/BU4DFE_BND_V2", "../BU4DFE_BND_V1.1"])
def test_the_landmark_package_is_found_in_the_root_or_beside_it(tmp_path, package):
    root = tmp_path / "BU4DFE"
    add_scan(root / "F001" / "Happy")
    add_landmarks(root / package / "F001" / "HAPPY", "0.bnd")
    clip = read_bu4dfe(root).clips[0]
    assert clip.landmark_scheme == "bu83"
    np.testing.assert_array_equal(clip.frames[0].landmarks, MARKS)


def test_a_package_beside_the_root_yields_to_one_in_it(tmp_path):
    add_scan(tmp_path / "BU4DFE" / "F001" / "Happy")
    add_landmarks(tmp_path / "BU4DFE" / "BU4DFE_BND" / "F001" / "Happy")
    add_landmarks(tmp_path / "BU4DFE_BND_V1.1" / "F001" / "Happy", offset=5)
    np.testing.assert_array_equal(read_bu4dfe(tmp_path / "BU4DFE").clips[0].frames[0].landmarks, MARKS)


def test_landmarks_beside_the_scan_count_first(tmp_path):
    add_scan(tmp_path / "F001" / "Happy")
    add_landmarks(tmp_path / "F001" / "Happy")
    add_landmarks(tmp_path / "BU4DFE_BND" / "F001" / "Happy", offset=5)
    np.testing.assert_array_equal(read_bu4dfe(tmp_path).clips[0].frames[0].landmarks, MARKS)


def test_a_frame_without_its_landmarks_has_none_and_the_others_keep_theirs(tmp_path):
    for frame in range(3):
        add_scan(tmp_path / "F001" / "Happy", f"00{frame}.wrl")
    for frame in (0, 2):
        add_landmarks(tmp_path / "BU4DFE_BND" / "F001" / "Happy", f"00{frame}.bnd", offset=frame)
    add_scan(tmp_path / "F001" / "Sad")
    happy, sad = read_bu4dfe(tmp_path).clips
    assert [scan.landmarks is None for scan in happy.frames] == [False, True, False]
    assert happy.frames[2].landmarks[0, 0] == 2
    assert (happy.landmark_scheme, sad.landmark_scheme, sad.frames[0].landmarks) == ("bu83", None, None)


def test_empty_unknown_and_doubled_clips_are_named(tmp_path):
    add_scan(tmp_path / "F001" / "Happy")
    (tmp_path / "F001" / "Sad").mkdir()
    add_scan(tmp_path / "F001" / "Hapy")
    (tmp_path / "F001" / "notes").mkdir()
    add_scan(tmp_path / "copy" / "F001" / "Happy", x=5)
    add_landmarks(tmp_path / "BU4DFE_BND" / "F001" / "Fear")
    (tmp_path / "BU4DFE_BND" / "F001" / "Angry").mkdir()
    data_set = read_bu4dfe(tmp_path)
    assert ids(data_set) == ["F001/Happy"]
    assert data_set.clips[0].frames[0].vertices[0, 0] == 0
    double, unknown, empty = data_set.skipped
    assert double == Skipped("F001/Happy", "second copy", str(tmp_path / "copy" / "F001" / "Happy"))
    assert (unknown.clip_id, unknown.file) == ("F001/Hapy", str(tmp_path / "F001" / "Hapy"))
    assert "none of Angry" in unknown.reason
    assert empty == Skipped("F001/Sad", "no frames (000.wrl ...)", str(tmp_path / "F001" / "Sad"))


def test_links_are_followed_and_circles_end(tmp_path):
    add_scan(tmp_path / "disk" / "F001" / "Happy")
    root = tmp_path / "root"
    root.mkdir()
    (root / "part").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "F001" / "Happy" / "back").symlink_to(root)
    assert ids(read_bu4dfe(root)) == ["F001/Happy"]


def test_a_faulty_frame_is_refused_when_it_is_read_and_only_then(tmp_path):
    add_scan(tmp_path / "F001" / "Happy", "000.wrl")
    add_scan(tmp_path / "F001" / "Happy", "001.wrl")
    path = tmp_path / "F001" / "Happy" / "001.wrl"
    path.write_bytes(path.read_bytes()[:90])
    add_landmarks(tmp_path / "F001" / "Sad")
    add_scan(tmp_path / "F001" / "Sad")
    (tmp_path / "F001" / "Sad" / "000.bnd").write_text("1 2 3")
    happy, sad = read_bu4dfe(tmp_path).clips
    assert len(happy.frames[0].vertices) == 4
    with pytest.raises(BadFile, match=r"001\.wrl"):
        happy.frames[1]
    with pytest.raises(BadFile, match=r"000\.bnd: line 1"):
        sad.frames[0]


def test_frames_can_go_to_another_process(tmp_path):
    add_scan(tmp_path / "F001" / "Happy", x=7)
    frames = ForkingPickler.loads(ForkingPickler.dumps(read_bu4dfe(tmp_path).clips[0])).frames
    assert frames[0].vertices[0, 0] == 7


def test_the_content_key_follows_the_files_and_not_their_place(tmp_path):
    def key(root):
        return read_bu4dfe(root).clips[0].content_key

    for root in (tmp_path / "a", tmp_path / "b" / "c"):
        add_scan(root / "F001" / "Happy")
        os.utime(root / "F001" / "Happy" / "000.wrl", ns=(1, 1))
    scan = tmp_path / "a" / "F001" / "Happy" / "000.wrl"
    first = key(tmp_path / "a")
    assert first == key(tmp_path / "b" / "c")
    add_landmarks(scan.parent)
    with_landmarks = key(tmp_path / "a")
    (scan.parent / "000.jpg").write_bytes(b"picture")
    with_picture = key(tmp_path / "a")
    status = scan.stat()
    scan.write_bytes(scan.read_bytes()[:-1] + b" ")  # at equal size and time
    os.utime(scan, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert len({first, with_landmarks, with_picture, key(tmp_path / "a")}) == 4


def test_made_faces_are_told_by_the_marker_or_by_the_scans(tmp_path):
    add_scan(tmp_path / "F001" / "Happy")
    (tmp_path / "stand-in.json").write_text(json.dumps({"made_by": "ICT-FaceKit"}))
    assert read_bu4dfe(tmp_path).stand_in == "ICT-FaceKit"
    (tmp_path / "stand-in.json").unlink()
    assert read_bu4dfe(tmp_path).stand_in == ""
    scan = Scan(np.eye(3, dtype=np.float32), TRIANGLES[:1])
    write_vrml(tmp_path / "F001" / "Happy" / "000.wrl", scan, "", "Not a recording, made by synthetic")
    assert read_bu4dfe(tmp_path).stand_in == "synthetic"


@pytest.mark.parametrize("text", ["", "{}", "[]", "{"])
def test_a_damaged_marker_is_refused(tmp_path, text):
    add_scan(tmp_path / "F001" / "Happy")
    (tmp_path / "stand-in.json").write_text(text)
    with pytest.raises(BadFile, match="stand-in"):
        read_bu4dfe(tmp_path)


def test_a_wrong_root_is_answered_with_the_expected_layout(tmp_path):
    (tmp_path / "file.zip").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    (tmp_path / "scanless" / "F001" / "Happy").mkdir(parents=True)
    for name, reason in {
        "absent": "does not exist",
        "file.zip": "is a file; unpack it",
        "empty": "no scans below",
        "scanless": "no frames",
    }.items():
        with pytest.raises(UserError, match=reason) as caught:
            read_bu4dfe(tmp_path / name)
        assert "F001/Happy/000.wrl" in str(caught.value)
