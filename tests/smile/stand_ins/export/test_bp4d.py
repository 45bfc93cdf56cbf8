"""Exported trees and archives of BP4D read back as the same faces with the action units that were acted."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from smile.data.action_units import read_coding
from smile.data.face import Clip
from smile.errors import UserError
from smile.sets.bp4d import BP4D_TASKS, read_bp4d, read_bp4d_plus
from smile.stand_ins.export import FORMATS
from smile.stand_ins.export.bp4d import BP4D_PLUS_PROGRAM, BP4D_PROGRAM, export_bp4d, export_bp4d_plus
from smile.stand_ins.synthetic import make_synthetic
from tests.smile.data.disk_scans import MARKS, small_scan

MAKER = "a test"
FRAMES = 5


def ignore(done, total):
    pass


def tree(root):
    """Relative name -> digest of every file."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def make_clip(expression="happiness", subject="F001"):
    scans = [replace(small_scan(n), landmarks=MARKS + n) for n in range(3)]
    clip = Clip(f"{subject}/{expression}", subject, (expression,), scans, f"key of {subject} {expression}")
    return replace(clip, landmark_scheme="bu83", attributes={"sex": subject[0]})


@pytest.fixture(scope="module", params=["bp4d", "bp4dplus"])
def exported(request, tmp_path_factory):
    """(what was written, its tree, what reads it) of a small synthetic data set."""
    layout = FORMATS[request.param]
    made = make_synthetic(1, FRAMES, acts=layout.program.acts)
    out = tmp_path_factory.mktemp("exported") / request.param
    layout.write(made.clips, out, made.stand_in, ignore)
    return made, out, {"bp4d": read_bp4d, "bp4dplus": read_bp4d_plus}[request.param]


def test_the_tree_reads_back_as_the_same_faces(exported):
    made, out, read = exported
    data_set = read(out)
    assert (data_set.stand_in, data_set.skipped, data_set.subjects) == ("synthetic", (), ("F001",))
    back = {(clip.subject, clip.labels[0]): clip for clip in data_set.clips}
    assert len(back) == len(made.clips) == 8
    for clip in made.clips[::3]:
        copy = back[clip.subject, clip.labels[0].replace("nervousness", "fear")]
        assert (copy.landmark_scheme, len(copy.frames)) == ("bu83", FRAMES)
        for number in (0, FRAMES // 2):
            scan, again = clip.frames[number], copy.frames[number]
            np.testing.assert_allclose(again.vertices, scan.vertices, atol=1e-4, rtol=0)
            np.testing.assert_allclose(again.landmarks, scan.landmarks, atol=1e-4, rtol=0)
            np.testing.assert_array_equal(again.triangles, scan.triangles)
            assert again.texture is not None


def test_the_action_units_are_those_that_were_acted_and_some_could_not_be_coded(exported):
    made, out, read = exported
    back = {(clip.subject, clip.labels[0]): clip for clip in read(out).clips}
    acted = {}
    for clip in made.clips:
        coding = clip.frames.code()
        seen = (coding.strengths > 0.05).any(axis=0)
        acted = {unit for unit, active in zip(coding.units, seen, strict=True) if active}
        told = back[clip.subject, clip.labels[0].replace("nervousness", "fear")].action_units
        assert {unit for unit, share in told.items() if share > 0} <= acted
    tables = [read_coding(path) for path in sorted((out / "AUCoding").rglob("*.csv"))]
    assert len(tables) == 8
    hidden = np.concatenate([np.isnan(table.strengths).ravel() for table in tables])
    assert 0 < hidden.mean() < 0.2
    pain = back["F001", "pain"].action_units
    assert sum(share > 0 for share in pain.values()) >= 3


def test_names_are_those_of_the_releases(tmp_path):
    export_bp4d([make_clip()], tmp_path / "a", MAKER, ignore)
    export_bp4d_plus([make_clip()], tmp_path / "b", MAKER, ignore)
    frames = [f"F001/T1/000{n}.{kind}" for n in range(3) for kind in ("jpg", "mtl", "obj")]
    assert list(tree(tmp_path / "a")) == [*(f"BND/F001/T1/000{n}.bnd" for n in range(3)), *frames, "stand-in.json"]
    marks = [f"3DFeatures/BND/F001/F001_T1_000{n}.bndplus" for n in range(3)]
    assert list(tree(tmp_path / "b")) == ["2D+3D/F001.zip", *marks, "stand-in.json"]
    material = (tmp_path / "a" / "F001/T1/0001.mtl").read_text()
    assert "map_Kd 0001.jpg" in material and "Not a recording, made by a test" in material


@pytest.mark.parametrize(("export", "read"), [(export_bp4d, read_bp4d), (export_bp4d_plus, read_bp4d_plus)])
def test_clips_moved_out_of_the_tree_are_still_no_recordings(tmp_path, export, read):
    export([make_clip()], tmp_path, MAKER, ignore)
    (tmp_path / "stand-in.json").unlink()
    assert read(tmp_path).stand_in == MAKER


@pytest.mark.parametrize("export", [export_bp4d, export_bp4d_plus])
def test_the_same_clips_give_the_same_bytes_and_more_may_be_added(tmp_path, export):
    clips = [make_clip(expression, subject) for subject in ("F001", "M001") for expression in ("pain", "anger")]
    export(clips, tmp_path / "a", MAKER, ignore)
    export(clips[:2], tmp_path / "b", MAKER, ignore)
    export(iter(clips), tmp_path / "b", MAKER, ignore)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    with pytest.raises(UserError, match="other faces"):
        export([replace(clip, content_key="another") for clip in clips], tmp_path / "a", MAKER, ignore)


def test_clips_without_a_task_are_refused_before_anything_is_written(tmp_path):
    for export, clips, reason in (
        (export_bp4d, [make_clip("startle")], "no folder for 'startle'"),
        (export_bp4d_plus, [make_clip("contempt")], "no folder for 'contempt'"),
        (export_bp4d, [make_clip("fear"), make_clip("nervousness")], "both be F001/T5"),
    ):
        with pytest.raises(UserError, match=reason):
            export(clips, tmp_path / "out", MAKER, ignore)
    assert not (tmp_path / "out").exists()


def test_every_task_of_bp4d_and_all_but_two_of_bp4d_plus_are_acted(tmp_path):
    assert len(BP4D_PROGRAM.acts) == len(BP4D_TASKS)
    assert set(BP4D_PLUS_PROGRAM.acts) == set(BP4D_PROGRAM.acts)
    export_bp4d([make_clip(name) for (name,) in BP4D_PROGRAM.acts], tmp_path, MAKER, ignore)
    assert [clip.labels for clip in read_bp4d(tmp_path).clips] == [(name,) for name in BP4D_TASKS.values()]
