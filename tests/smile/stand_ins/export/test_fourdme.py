"""An exported tree of micro-expressions reads back with its classes, key frames and action units."""

import hashlib
from dataclasses import replace

import numpy as np
import openpyxl
import pytest

from smile.data.action_units import Coding
from smile.data.face import Clip, name_labels
from smile.data.facs import MICRO_CLASSES
from smile.errors import UserError
from smile.sets.fourdme import FPS, read_fourdme
from smile.sets.fourdme_table import RELEASE
from smile.stand_ins.export import FORMATS
from smile.stand_ins.export.fourdme import FOURDME_PROGRAM, export_fourdme
from smile.stand_ins.performance import MICRO
from smile.stand_ins.synthetic import make_synthetic
from tests.smile.data.disk_scans import MARKS, small_scan

MAKER = "a test"


class Acted(list):
    """Frames whose action unit 12 rises and falls."""

    def code(self):
        strengths = np.array([[0], [0.1], [0.3], [0.1], [0]], np.float32)
        return Coding(np.arange(5, dtype=np.int32), ("12",), strengths)


def make_clip(labels=("Positive",), subject="F001", frames=Acted):
    scans = frames(replace(small_scan(n), landmarks=MARKS + n) for n in range(5))
    shown = name_labels(labels)
    return Clip(f"{subject}/{shown}", subject, labels, scans, f"key of {subject} {shown}", landmark_scheme="bu83")


def ignore(done, total):
    pass


def tree(root):
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_made_micro_expressions_read_back_as_they_were_acted(tmp_path):
    made = make_synthetic(1, 30, difficulty=MICRO, acts=(("Negative",), ("Surprise", "Positive")))
    export_fourdme(made.clips, tmp_path, made.stand_in, ignore)
    data_set = read_fourdme(tmp_path)
    assert (data_set.stand_in, data_set.skipped, data_set.subjects) == ("synthetic", (), ("S01",))
    assert len(data_set.clips) == 2
    for clip, back in zip(made.clips, data_set.clips, strict=True):
        assert (back.labels, back.fps) == (clip.labels, FPS)
        coding = clip.frames.code()
        seen = coding.strengths.max(axis=0) > 0.02
        assert set(back.action_units) == {unit for unit, there in zip(coding.units, seen, strict=True) if there}
        activity = coding.strengths.sum(axis=1)
        assert back.apex == activity.argmax()
        assert 0 < back.onset < back.apex
        assert activity[: back.onset].max() <= 0.05 * activity.max() < activity[back.onset]
        scan, again = clip.frames[back.apex], back.frames[back.apex]
        np.testing.assert_allclose(again.vertices, scan.vertices, atol=1e-4, rtol=0)
        np.testing.assert_allclose(again.landmarks, scan.landmarks, atol=1e-4, rtol=0)
        np.testing.assert_array_equal(again.triangles, scan.triangles)


def test_the_workbook_has_the_columns_of_the_release_and_says_what_made_it(tmp_path):
    export_fourdme([make_clip(("Surprise", "Positive"))], tmp_path, MAKER, ignore)
    book = openpyxl.load_workbook(tmp_path / RELEASE)
    head, row = book.worksheets[0].iter_rows(values_only=True)
    assert head[:7] == ("sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs")
    assert row[:6] == ("S01", "013_01_1", "Surprise+Positive", 2402, 2403, 2404)
    assert row[6].startswith("AU12")
    assert dict(zip(head[7:], row[7:], strict=True)) == {
        "Positive": 1, "Negative": 0, "Surprise": 1, "Repression": 0, "Others": 0, "Total": 2
    }  # fmt: skip
    assert MAKER in book.worksheets[1]["A1"].value
    frames = [f"S01/013_01_1/{n}.{kind}" for n in range(2401, 2406) for kind in ("bnd", "jpg", "mtl", "obj")]
    assert list(tree(tmp_path)) == sorted([RELEASE, *frames, "stand-in.json"])


def test_some_rows_have_a_unit_that_is_merely_held(tmp_path):
    clips = [make_clip((name,), f"F{n:03d}") for n in range(8) for name in MICRO_CLASSES]
    export_fourdme(clips, tmp_path, MAKER, ignore)
    texts = [row[6] for row in openpyxl.load_workbook(tmp_path / RELEASE).worksheets[0].iter_rows(values_only=True)]
    assert 2 < sum("(k)" in text for text in texts) < 20
    assert {tuple(clip.action_units) for clip in read_fourdme(tmp_path).clips} == {("12",)}


def test_the_same_clips_give_the_same_bytes_and_more_may_be_added(tmp_path):
    clips = [make_clip((name,), subject) for subject in ("F001", "M001") for name in ("Others", "Positive")]
    export_fourdme(clips, tmp_path / "a", MAKER, ignore)
    export_fourdme(clips[:1] + clips[2:3], tmp_path / "b", MAKER, ignore)
    export_fourdme(clips, tmp_path / "b", MAKER, ignore)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    export_fourdme(clips[:2], tmp_path / "c", MAKER, ignore)
    export_fourdme([make_clip(("Negative",))], tmp_path / "c", MAKER, ignore)
    assert [clip.id for clip in read_fourdme(tmp_path / "c").clips] == ["S01/001_01_1", "S01/002_01_1", "S01/005_01_1"]


def test_a_tree_without_its_marker_is_still_no_recording(tmp_path):
    export_fourdme([make_clip()], tmp_path, MAKER, ignore)
    (tmp_path / "stand-in.json").unlink()
    assert read_fourdme(tmp_path).stand_in == MAKER


def test_clips_without_a_place_are_refused_before_anything_is_written(tmp_path):
    for clips, reason in (
        ([make_clip(("anger",))], "'anger' is no class"),
        ([make_clip(())], "'' is no class"),
        ([make_clip(frames=list)], "action units are not known"),
        ([make_clip(), replace(make_clip(), id="again")], "both be S01/001_01_1"),
    ):
        with pytest.raises(UserError, match=reason):
            export_fourdme(clips, tmp_path / "out", MAKER, ignore)
    assert not (tmp_path / "out").exists()


def test_every_class_and_two_joint_ones_are_acted_at_sixty_frames_a_second():
    assert FORMATS["fourdme"].program is FOURDME_PROGRAM
    assert {(name,) for name in MICRO_CLASSES} < set(FOURDME_PROGRAM.acts)
    assert sum(len(act) == 2 for act in FOURDME_PROGRAM.acts) == 2
    assert FOURDME_PROGRAM.frames / FOURDME_PROGRAM.difficulty.seconds == FPS
