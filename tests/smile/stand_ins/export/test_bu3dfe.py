"""A made BU-3DFE tree reads back as the scans of the clips, with landmarks on their vertices, and as no recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from smile.data.face import EXPRESSIONS
from smile.data.formats.bnd import read_indices
from smile.errors import UserError
from smile.sets.bu3dfe import ANCESTRY_OF, EXPRESSION_OF, read_bu3dfe
from smile.stand_ins.export.bu3dfe import LEVELS, export_bu3dfe
from smile.stand_ins.export.stills import find_stills
from tests.smile.stand_ins.export.sources import SOURCES, ignore, make, tree


@pytest.mark.parametrize("source", SOURCES)
def test_the_tree_reads_back_as_the_scans_of_the_clips(tmp_path, source):
    made = make(source, "bu3dfe")
    export_bu3dfe(made.clips, tmp_path, made.stand_in, ignore)
    data_set = read_bu3dfe(tmp_path)
    assert (data_set.stand_in, data_set.skipped, data_set.subjects) == (made.stand_in, (), ("F0001",))
    codes = sorted(["NE00", *(f"{c}0{n}" for c in EXPRESSION_OF if c != "NE" for n in range(1, 5))])
    assert [clip.id for clip in data_set.clips] == [f"F0001/{code}" for code in codes]
    clips = {clip.id[6:]: clip for clip in data_set.clips}
    sources = {"NE00": made.clips[0].frames[0]}
    for code, expression in EXPRESSION_OF.items():
        if expression in EXPRESSIONS[:2]:
            acted = next(clip for clip in made.clips if clip.labels == (expression,))
            frames = find_stills(acted, LEVELS)
            sources |= {f"{code}0{n}": acted.frames[frame] for n, frame in enumerate(frames, start=1)}
            assert {clips[f"{code}0{n}"].labels for n in range(1, 5)} == {(expression,)}
    for code, scan in sources.items():
        back = clips[code].frames[0]
        np.testing.assert_allclose(back.vertices, scan.vertices, atol=1e-4, rtol=0)
        assert back.triangles.tolist() == scan.triangles.tolist()
        assert back.texture.name == f"F0001_{code}WH_F3D.bmp"
        # Onto a vertex a landmark moves by less than an edge is long.
        assert np.linalg.norm(back.landmarks - scan.landmarks, axis=1).max() < 12
        assert clips[code].attributes == {"sex": "F", "ancestry": "White", "level": code[-1]}


def test_every_landmark_is_the_vertex_that_its_number_names(tmp_path):
    made = make("synthetic", "bu3dfe")
    export_bu3dfe(made.clips[:1], tmp_path, made.stand_in, ignore)
    for clip in read_bu3dfe(tmp_path).clips:
        scan, indices = clip.frames[0], read_indices(clip.frames.landmarks[0])
        np.testing.assert_allclose(scan.vertices[indices], scan.landmarks, atol=1.1e-4, rtol=0)


def test_a_scan_moved_out_of_the_tree_is_still_no_recording(tmp_path):
    made = make("synthetic", "bu3dfe")
    export_bu3dfe(made.clips[:1], tmp_path / "out", made.stand_in, ignore)
    (tmp_path / "elsewhere").mkdir()
    scan = tmp_path / "out" / "F0001" / "F0001_AN04WH_F3D.wrl"
    scan.rename(tmp_path / "elsewhere" / scan.name)
    assert read_bu3dfe(tmp_path / "elsewhere").stand_in == "synthetic"


def test_the_same_clips_give_the_same_bytes_and_whole_subjects_are_kept(tmp_path):
    clips = [clip for clip in make("synthetic", "bu3dfe", 2).clips if clip.labels[0] in EXPRESSIONS[:1]]
    seen = []
    export_bu3dfe(clips, tmp_path / "a", "a test", lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]
    export_bu3dfe(clips[:1], tmp_path / "b", "a test", ignore)
    before = (tmp_path / "b" / "F0001" / "F0001_NE00WH_F3D.wrl").stat().st_mtime_ns
    export_bu3dfe(iter(clips), tmp_path / "b", "a test", ignore)
    assert (tmp_path / "b" / "F0001" / "F0001_NE00WH_F3D.wrl").stat().st_mtime_ns == before
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    with pytest.raises(UserError, match="other faces"):
        export_bu3dfe(make("synthetic", "bu3dfe").clips[:2], tmp_path / "b", "a test", ignore)


def test_a_known_ancestry_is_written_into_the_name(tmp_path):
    clip = replace(make("synthetic", "bu3dfe").clips[0], attributes={"sex": "M", "ancestry": ANCESTRY_OF["IN"]})
    export_bu3dfe([replace(clip, subject="carl")], tmp_path, "a test", ignore)
    assert {clip.attributes["ancestry"] for clip in read_bu3dfe(tmp_path).clips} == {"Indian"}
    assert read_bu3dfe(tmp_path).subjects == ("M0001",)


def test_clips_without_a_place_are_refused_before_anything_is_written(tmp_path):
    clip = make("synthetic", "bu3dfe").clips[0]
    few = replace(clip, frames=replace(clip.frames, total=8))
    refused = {
        "no name for 'pain'": [replace(clip, labels=("pain",))],
        "a second one of anger": [clip, replace(clip, id="again")],
        "made clips only": [replace(clip, frames=[clip.frames[0]])],
        "ask for more --frames": [few],
        "sex is unknown": [replace(clip, attributes={}, subject="anna")],
    }
    for reason, clips in refused.items():
        with pytest.raises(UserError, match=reason):
            export_bu3dfe(clips, tmp_path / "out", "a test", ignore)
    assert not Path(tmp_path / "out").exists()
