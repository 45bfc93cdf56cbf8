"""An exported tree reads back as the same faces, survives a kill, and can never pass for recordings."""

import hashlib
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smile.data.face import EXPRESSIONS, Clip, Scan
from smile.errors import BadFile, UserError
from smile.sets.bu4dfe import read_bu4dfe
from smile.stand_ins.export import export_bu4dfe

# What made faces in these tests.
MAKER = "a test"


def make_scan(seed, uv=True, landmarks=True):
    rng = np.random.default_rng(seed)
    vertices, triangles = int(rng.integers(20, 60)), int(rng.integers(20, 90))
    return Scan(
        vertices=rng.normal(0, 80, (vertices, 3)).astype(np.float32),
        triangles=rng.integers(0, vertices, (triangles, 3)).astype(np.int32),
        landmarks=rng.normal(0, 60, (83, 3)).astype(np.float32) if landmarks else None,
        uv=rng.random((vertices + 5, 2)).astype(np.float32) if uv else None,
        triangles_uv=rng.integers(0, vertices + 5, (triangles, 3)).astype(np.int32) if uv else None,
    )


def make_clip(subject="F001", expression="happiness", frames=3, **changes):
    seed = int.from_bytes(hashlib.sha256(f"{subject} {expression}".encode()).digest()[:4], "big")
    scans = [make_scan(seed + frame, uv=expression != "fear") for frame in range(frames)]
    clip = Clip(f"{subject}/{expression}", subject, (expression,), scans, f"key of {subject} {expression} {frames}")
    return replace(clip, landmark_scheme="bu83", attributes={"sex": subject[0]}, **changes)


CLIPS = [make_clip(subject, expression) for subject in ("F001", "M001") for expression in EXPRESSIONS]


def ignore(done, total):
    pass


def tree(root):
    """Relative name -> content of every file."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_tree_reads_back_as_the_same_faces(tmp_path):
    export_bu4dfe(CLIPS, tmp_path / "out", MAKER, ignore)
    data_set = read_bu4dfe(tmp_path / "out")
    assert data_set.stand_in == MAKER
    assert data_set.skipped == ()
    by_key = {(clip.subject, clip.labels): clip for clip in data_set.clips}
    assert len(by_key) == len(CLIPS)
    for clip in CLIPS:
        back = by_key[clip.subject, clip.labels]
        assert (back.landmark_scheme, back.attributes) == ("bu83", clip.attributes)
        for scan, copy in zip(clip.frames, back.frames, strict=True):
            np.testing.assert_allclose(copy.vertices, scan.vertices, atol=1e-4, rtol=0)
            np.testing.assert_allclose(copy.landmarks, scan.landmarks, atol=1e-4, rtol=0)
            assert copy.triangles.tolist() == scan.triangles.tolist()
            assert (copy.uv is None) == (scan.uv is None)
            assert copy.texture is not None and copy.texture.suffix == ".jpg"


def test_the_tree_has_the_names_of_the_release(tmp_path):
    export_bu4dfe([make_clip(frames=2)], tmp_path, MAKER, ignore)
    package = "BU4DFE_BND_V1.1/F001/Happy"
    scans = [f"F001/Happy/00{n}.{kind}" for n in range(2) for kind in ("jpg", "wrl")]
    assert list(tree(tmp_path)) == [f"{package}/000.bnd", f"{package}/001.bnd", *scans, "stand-in.json"]


def test_a_clip_moved_out_of_the_tree_is_still_no_recording(tmp_path):
    export_bu4dfe([make_clip()], tmp_path / "out", MAKER, ignore)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "F001").rename(tmp_path / "elsewhere" / "F001")
    assert read_bu4dfe(tmp_path / "elsewhere").stand_in == MAKER


def test_the_same_clips_give_the_same_bytes(tmp_path):
    export_bu4dfe(CLIPS, tmp_path / "a", MAKER, ignore)
    export_bu4dfe(iter(CLIPS), tmp_path / "b", MAKER, ignore)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_progress_counts_every_clip(tmp_path):
    seen = []
    export_bu4dfe(CLIPS[:3], tmp_path, MAKER, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


class Slow(list):
    """Frames that a kill can fall between."""

    def __iter__(self):
        for scan in super().__iter__():
            time.sleep(0.02)
            yield scan


def export_slowly(out):
    export_bu4dfe([replace(clip, frames=Slow(clip.frames)) for clip in CLIPS], out, MAKER, ignore)


@pytest.mark.slow
def test_a_killed_export_goes_on_and_ends_with_the_same_bytes(tmp_path):
    process = subprocess.Popen([sys.executable, __file__, str(tmp_path / "killed")])
    while process.poll() is None and not (tmp_path / "killed" / "F001" / "Fear").exists():
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    whole = tmp_path / "killed" / "F001" / "Angry" / "000.wrl"
    written = whole.stat().st_mtime_ns
    assert not (tmp_path / "killed" / "M001" / "Surprise").exists()
    assert read_bu4dfe(tmp_path / "killed").stand_in == MAKER
    assert {len(clip.frames) for clip in read_bu4dfe(tmp_path / "killed").clips} == {3}
    export_bu4dfe(CLIPS, tmp_path / "killed", MAKER, ignore)
    export_bu4dfe(CLIPS, tmp_path / "whole", MAKER, ignore)
    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")
    assert whole.stat().st_mtime_ns == written


def test_more_clips_may_be_added_later(tmp_path):
    export_bu4dfe(CLIPS[:4], tmp_path / "a", MAKER, ignore)
    export_bu4dfe(CLIPS, tmp_path / "a", MAKER, ignore)
    export_bu4dfe(CLIPS, tmp_path / "b", MAKER, ignore)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_other_faces_never_mix_into_a_tree(tmp_path):
    export_bu4dfe([make_clip()], tmp_path, MAKER, ignore)
    before = tree(tmp_path)
    with pytest.raises(UserError, match="other faces"):
        export_bu4dfe([make_clip(frames=4)], tmp_path, MAKER, ignore)
    with pytest.raises(UserError, match="other faces"):
        export_bu4dfe([make_clip()], tmp_path, "someone else", ignore)
    assert tree(tmp_path) == before


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "F001").mkdir()
    with pytest.raises(UserError, match="not empty"):
        export_bu4dfe([make_clip()], tmp_path, MAKER, ignore)
    assert [path.name for path in tmp_path.iterdir()] == ["F001"]
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        export_bu4dfe([make_clip()], tmp_path / "file", MAKER, ignore)
    (tmp_path / "stand-in.json").write_text("{}")
    with pytest.raises(BadFile, match="no marker"):
        export_bu4dfe([make_clip()], tmp_path, MAKER, ignore)


def test_only_landmarks_of_the_release_are_written(tmp_path):
    export_bu4dfe([make_clip(), replace(make_clip("F002"), landmark_scheme="ibug68")], tmp_path, MAKER, ignore)
    assert [path.name for path in (tmp_path / "BU4DFE_BND_V1.1").iterdir()] == ["F001"]
    assert [clip.landmark_scheme for clip in read_bu4dfe(tmp_path).clips] == ["bu83", None]


def test_a_frame_without_landmarks_has_no_file(tmp_path):
    clip = make_clip()
    clip = replace(clip, frames=[clip.frames[0], replace(clip.frames[1], landmarks=None), clip.frames[2]])
    export_bu4dfe([clip], tmp_path, MAKER, ignore)
    back = read_bu4dfe(tmp_path).clips[0]
    assert [scan.landmarks is None for scan in back.frames] == [False, True, False]


def test_textures_are_copied_or_converted(tmp_path):
    colours = {"a.jpg": (250, 10, 10), "b.png": (10, 10, 250)}
    for name, colour in colours.items():
        Image.new("RGB", (16, 16), colour).save(tmp_path / name)
    scans = [replace(make_scan(n), texture=tmp_path / name) for n, name in enumerate(colours)] + [make_scan(2)]
    export_bu4dfe([replace(make_clip(), frames=scans)], tmp_path / "out", MAKER, ignore)
    assert (tmp_path / "out/F001/Happy/000.jpg").read_bytes() == (tmp_path / "a.jpg").read_bytes()
    for frame, colour in zip(
        read_bu4dfe(tmp_path / "out").clips[0].frames, [*colours.values(), (205, 160, 135)], strict=True
    ):
        with Image.open(frame.texture) as picture:
            assert picture.format == "JPEG"
            np.testing.assert_allclose(picture.getpixel((8, 8)), colour, atol=4)


@pytest.mark.parametrize("name", ["absent.jpg", "absent.png", "broken.png"])
def test_a_broken_texture_is_refused_and_the_clip_not_written(tmp_path, name):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    scan = replace(make_scan(0), texture=tmp_path / name)
    with pytest.raises(BadFile, match=name):
        export_bu4dfe([replace(make_clip(), frames=[scan])], tmp_path / "out", MAKER, ignore)
    assert not (tmp_path / "out" / "F001").exists()


def test_other_subject_names_get_free_names_of_their_sex(tmp_path):
    anna, berta, carl = (
        replace(make_clip(), subject=name, attributes={"sex": sex})
        for name, sex in (("anna", "F"), ("berta", "female"), ("carl", "M"))
    )
    export_bu4dfe([carl, berta, make_clip("F001"), anna], tmp_path, MAKER, ignore)
    assert read_bu4dfe(tmp_path).subjects == ("F001", "F002", "F003", "M001")


@pytest.mark.parametrize(
    ("clips", "reason"),
    [
        ([replace(make_clip(), labels=("contempt",))], "contempt"),
        ([make_clip(), replace(make_clip(), id="again")], "both be F001/Happy"),
        ([replace(make_clip(), subject="anna", attributes={})], "sex is unknown"),
    ],
)
def test_clips_without_a_place_are_refused_before_anything_is_written(tmp_path, clips, reason):
    with pytest.raises(UserError, match=reason):
        export_bu4dfe(clips, tmp_path / "out", MAKER, ignore)
    assert not Path(tmp_path / "out").exists()


if __name__ == "__main__":
    export_slowly(Path(sys.argv[1]))
