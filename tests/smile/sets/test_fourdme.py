"""The reader of 4DME joins meshes and labels whatever the meshes are called, and names what has no partner."""

import json

import numpy as np
import pytest

from smile.errors import BadFile, UserError
from smile.sets.fourdme import read_fourdme
from tests.smile.data.disk_scans import MARKS, add_marks, add_picture, add_scan
from tests.smile.sets.test_fourdme_table import write

TABLE = "4DME_Labelling_Micro_release v1.xlsx"


def ids(data_set):
    return [clip.id for clip in data_set.clips]


def add_clip(folder, numbers=range(3), name="{:04d}.obj"):
    for number in numbers:
        add_scan(folder / name.format(number), number)


def add_labels(root, *lines, name=TABLE):
    return write(root / name, [(*line, *("Positive", 0, 1, 2, "AU12")[len(line) - 2 :]) for line in lines])


def reasons(data_set):
    return {skipped.clip_id: skipped.reason for skipped in data_set.skipped}


def test_a_clip_has_the_labels_units_and_key_frames_of_its_row(tmp_path):
    add_clip(tmp_path / "4D_micro" / "S13_1st" / "001_01_1", range(100, 140))
    add_labels(tmp_path, ("S13_1st", "001_01_1", "Surprise+Positive", 105, 112, 120, "AU4(k)+R12+L7"))
    data_set = read_fourdme(tmp_path)
    assert (data_set.name, data_set.title, data_set.skipped, data_set.stand_in) == ("fourdme", "4DME", (), "")
    (clip,) = data_set.clips
    assert (clip.id, clip.subject, clip.fps) == ("S13_1st/001_01_1", "S13", 60.0)
    assert clip.labels == ("Surprise", "Positive")
    assert clip.action_units == {"R12": 1.0, "L7": 1.0}
    assert (clip.onset, clip.apex, len(clip.frames)) == (5, 12, 40)
    assert clip.frames[clip.apex].vertices[:, 0].max() == 112
    assert clip.attributes == {"kind": "micro"}


@pytest.mark.parametrize(
    "place", ["S01/a_1", "deep/down/S01/meshes/a_1", "s01/A_1/obj", "S01_a_1", "x/S01_A_1/tracked"]
)
@pytest.mark.parametrize("name", ["{:04d}.obj", "{}.ply", "frame_{:03d}.obj", "S01_a_1_{:06d}.wrl", "head{}.obj"])
def test_folders_and_files_may_be_called_in_many_ways(tmp_path, place, name):
    add_clip(tmp_path / place, (9, 10, 100), name)
    add_labels(tmp_path, ("S01", "a_1", "Others", 9, 10, 100, ""))
    (clip,) = read_fourdme(tmp_path).clips
    assert [scan.vertices[:, 0].max() for scan in clip.frames] == [9, 10, 100]
    assert (clip.onset, clip.apex) == (0, 1)


def test_the_order_is_that_of_the_rows(tmp_path):
    for fold in ("b", "a"):
        add_clip(tmp_path / "S02" / fold)
    add_clip(tmp_path / "S01" / "a")
    add_labels(tmp_path, ("S02", "b"), ("S02", "a"), ("S01", "a"))
    assert ids(read_fourdme(tmp_path)) == ["S02/b", "S02/a", "S01/a"]


def test_whatever_has_no_partner_is_named(tmp_path):
    add_clip(tmp_path / "S01" / "a")
    add_clip(tmp_path / "S13_1st_001_01_1")  # a folder of the release that has no row
    add_clip(tmp_path / "copy" / "S01" / "a")
    add_clip(tmp_path / "S02" / "a")
    add_picture(tmp_path / "gray_micro" / "S03" / "c" / "0001.jpg")
    add_labels(tmp_path, ("S01", "a"), ("S01", "b"), ("S03", "c"), ("S01", "a"), ("S04", "d", "happy"))
    data_set = read_fourdme(tmp_path)
    assert ids(data_set) == ["S01/a"]
    told = reasons(data_set)
    assert set(told) == {"S01/a", "S01/b", "S03/c", "S04/d", "S13_1st_001_01_1", "S02/a"}
    assert told["S13_1st_001_01_1"] == told["S02/a"] == "no row of labels"
    assert told["S01/b"] == told["S03/c"] == "no folder with numbered meshes"
    assert "'happy'" in told["S04/d"]
    assert {(skipped.file, skipped.reason) for skipped in data_set.skipped if skipped.clip_id == "S01/a"} == {
        (str(tmp_path / "copy" / "S01" / "a"), "second copy"),
        ("", "a second row with these labels: data row 3"),
    }


@pytest.mark.parametrize(
    ("numbers", "frames", "wanted"),
    [
        (range(100, 121), (100, 110, 120), (0, 10)),
        (range(21), (100, 110, 120), (0, 10)),  # numbered anew
        (range(1, 22), (100, 110, 120), (0, 10)),
        ((100, 104, 111, 120), (100, 110, 120), (0, 2)),  # gaps: the nearest frame
        (range(30), (100, 110, 120), (None, None)),
        (range(100, 121), (100, 130, 120), (None, None)),
        (range(100, 121), (100, "", 120), (None, None)),
        (range(100, 121), ("x", 110, 120), (None, None)),
    ],
)
def test_key_frames_become_positions_or_are_named(tmp_path, numbers, frames, wanted):
    add_clip(tmp_path / "S01" / "a", numbers)
    add_labels(tmp_path, ("S01", "a", "Positive", *frames))
    data_set = read_fourdme(tmp_path)
    (clip,) = data_set.clips
    assert (clip.onset, clip.apex) == wanted
    assert list(reasons(data_set)) == ([] if wanted[1] is not None else ["S01/a (key frames)"])


def test_textures_and_landmarks_beside_the_meshes_are_taken(tmp_path):
    add_clip(tmp_path / "S01" / "a", range(3), "f_{:03d}.obj")
    add_picture(tmp_path / "S01" / "a" / "f_001.jpg")
    add_marks(tmp_path / "S01" / "a" / "f_001.bnd")
    add_labels(tmp_path, ("S01", "a"))
    (clip,) = read_fourdme(tmp_path).clips
    assert clip.landmark_scheme == "bu83"
    assert [scan.texture is not None for scan in clip.frames] == [False, True, False]
    np.testing.assert_array_equal(clip.frames[1].landmarks, MARKS)
    key = clip.content_key
    add_picture(tmp_path / "S01" / "a" / "f_002.jpg")
    assert read_fourdme(tmp_path).clips[0].content_key != key


def test_tables_of_micro_and_macro_clips_are_read_together(tmp_path):
    add_clip(tmp_path / "S01" / "a")
    add_clip(tmp_path / "S01" / "b")
    (tmp_path / "labels").mkdir()
    add_labels(tmp_path / "labels", ("S01", "a"))
    add_labels(tmp_path / "labels", ("S01", "a", "Negative"), name=TABLE.replace("xlsx", "csv"))  # the workbook counts
    add_labels(tmp_path, ("S01", "b"), name="4DME_Labelling_Macro_release v1.csv")
    data_set = read_fourdme(tmp_path)
    assert {clip.id: (clip.attributes["kind"], clip.labels) for clip in data_set.clips} == {
        "S01/a": ("micro", ("Positive",)),
        "S01/b": ("macro", ("Positive",)),
    }
    assert data_set.skipped == ()


def test_a_faulty_frame_is_refused_when_it_is_read(tmp_path):
    add_clip(tmp_path / "S01" / "a")
    (tmp_path / "S01/a/0001.obj").write_text("f 1 2 3\n")
    add_labels(tmp_path, ("S01", "a"))
    (clip,) = read_fourdme(tmp_path).clips
    assert len(clip.frames[0].vertices) == 4
    with pytest.raises(BadFile, match=r"0001\.obj"):
        clip.frames[1]


def test_made_clips_are_told_and_never_repaired(tmp_path):
    add_clip(tmp_path / "S01" / "a")
    add_labels(tmp_path, ("S01", "a"))
    (tmp_path / "stand-in.json").write_text(json.dumps({"made_by": "synthetic"}))
    assert read_fourdme(tmp_path).stand_in == "synthetic"
    (tmp_path / "stand-in.json").unlink()
    add_scan(tmp_path / "S01" / "a" / "0000.obj", comment="Not a recording, made by ICT-FaceKit")
    assert read_fourdme(tmp_path).stand_in == "ICT-FaceKit"


def test_a_wrong_root_is_answered_with_what_is_lacking(tmp_path):
    (tmp_path / "empty").mkdir()
    add_clip(tmp_path / "meshes" / "S01" / "a")
    (tmp_path / "labels").mkdir()
    add_labels(tmp_path / "labels", ("S01", "a"))
    for name, lacking in {
        "absent": "does not exist",
        "empty": "no meshes; no table of labels",
        "meshes": "4DME: no table of labels",
        "labels": "4DME: no meshes",
    }.items():
        with pytest.raises(UserError, match=lacking) as caught:
            read_fourdme(tmp_path / name)
        assert TABLE in str(caught.value)
