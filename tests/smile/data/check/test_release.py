"""Copies are compared with their release by count, and landmarks of BU-3DFE with the vertices that they name."""

from dataclasses import replace

import numpy as np
import pytest

from smile.data.check.release import RELEASES, check_landmarks, compare_with_release, count_clips_by_label
from smile.data.face import EXPRESSIONS, Clip, DataSet
from smile.data.formats.bnd import read_bnd, read_indices, write_bnd
from smile.data.sets.bu3dfe import read_bu3dfe
from smile.stand_ins.export.bu3dfe import export_bu3dfe
from tests.smile.stand_ins.export.sources import ignore, make


def bu3dfe(subjects):
    words = ["neutral", *(expression for expression in EXPRESSIONS for _ in range(4))]
    clips = [
        Clip(f"F{n:04d}/{k}", f"F{n:04d}", (word,), [], "") for n in range(subjects) for k, word in enumerate(words)
    ]
    return DataSet("bu3dfe", "BU-3DFE", tuple(clips))


def differences(data_set):
    return {count.name: (count.found, count.wanted) for count in compare_with_release(data_set) if count.differs}


def test_a_whole_copy_has_no_differences():
    assert differences(bu3dfe(100)) == {}
    assert [count.name for count in compare_with_release(bu3dfe(100))][:3] == ["subjects", "clips", "clips of neutral"]


def test_what_is_missing_is_counted():
    whole = bu3dfe(100)
    fewer = replace(
        whole, clips=tuple(clip for clip in whole.clips if clip.subject != "F0007" or clip.labels != ("fear",))
    )
    assert differences(fewer) == {"clips": (2496, 2500), "clips of fear": (396, 400)}
    assert differences(bu3dfe(2))["subjects"] == (2, 100)


def test_labels_that_a_release_does_not_name_are_counted_too():
    odd = replace(bu3dfe(1), clips=(Clip("F0001/x", "F0001", ("boredom",), [], ""),))
    counts = {count.name: (count.found, count.wanted) for count in compare_with_release(odd)}
    assert counts["clips of boredom"] == (1, None)
    assert counts["clips of anger"] == (0, 400)


def test_made_faces_under_another_name_have_no_release():
    made = replace(bu3dfe(2), name="synthetic")
    assert differences(made) == {}
    assert compare_with_release(made)[0].found == 2


def test_a_clip_with_several_labels_counts_for_each_and_macro_expressions_are_no_clips_of_the_release():
    labels = (("Surprise", "Positive"), ("Positive",))
    clips = [Clip(f"S1/{n}", "S1", own, [], "") for n, own in enumerate(labels)]
    clips.append(replace(clips[0], id="S1/m", attributes={"kind": "macro"}))
    data_set = DataSet("fourdme", "4DME", tuple(clips))
    assert count_clips_by_label(data_set) == {"Positive": 3, "Surprise": 2}
    assert differences(data_set)["clips"] == (2, 267)


def test_the_counts_of_a_release_agree_with_each_other():
    assert sum(RELEASES["bu3dfe"].expressions.values()) == RELEASES["bu3dfe"].clips
    assert sum(RELEASES["bu4dfe"].expressions.values()) == RELEASES["bu4dfe"].clips
    for name in ("bp4d", "bp4dplus"):
        assert sum(RELEASES[name].expressions.values()) == RELEASES[name].clips
    emotions = {name: count for name, count in RELEASES["bosphorus"].expressions.items() if name != "neutral"}
    assert sum(emotions.values()) == 453


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    root = tmp_path_factory.mktemp("bu3dfe")
    export_bu3dfe(make("synthetic", "bu3dfe").clips[:1], root, "a test", ignore)
    return root


def test_landmarks_on_their_vertices_are_in_order(exported):
    assert [check_landmarks(clip) for clip in read_bu3dfe(exported).clips] == [""] * 5


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
    assert reason in check_landmarks(read_bu3dfe(tmp_path / "in").clips[0])


def test_a_scan_without_landmarks_or_with_a_broken_file_is_told_apart(tmp_path, exported):
    scan = exported / "F0001" / "F0001_AN02WH_F3D.wrl"
    (tmp_path / scan.name).write_bytes(scan.read_bytes())
    assert check_landmarks(read_bu3dfe(tmp_path).clips[0]) == ""
    (tmp_path / scan.with_suffix(".bnd").name).write_text("1 2 3 4\n")
    assert "1 landmarks instead of 83" in check_landmarks(read_bu3dfe(tmp_path).clips[0])
