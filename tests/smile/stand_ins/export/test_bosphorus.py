"""A made Bosphorus tree reads back as the surfaces of the clips, with named landmarks on them, and as no recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial import cKDTree

from smile.data.face import EXPRESSIONS, Scan
from smile.data.formats.lm import read_lm2
from smile.errors import UserError
from smile.sets.bosphorus import read_bosphorus
from smile.stand_ins.export.bosphorus import LOWER, UPPER, export_bosphorus
from smile.stand_ins.export.landmark_choice import choose_landmarks
from smile.stand_ins.export.stills import find_stills
from smile.stand_ins.landmark_transfer import anchor
from tests.smile.stand_ins.export.sources import SOURCES, ignore, make, tree


@pytest.mark.parametrize("source", SOURCES)
def test_the_tree_reads_back_as_the_surfaces_of_the_clips(tmp_path, source):
    made = make(source, "bosphorus")
    export_bosphorus(made.clips, tmp_path, made.stand_in, ignore)
    data_set = read_bosphorus(tmp_path)
    assert (data_set.stand_in, data_set.skipped, data_set.subjects) == (made.stand_in, (), ("bs000",))
    units = [*(f"UFAU_{unit}" for unit in UPPER), *(f"LFAU_{unit}" for unit in LOWER)]
    assert {clip.labels[0] for clip in data_set.clips} == {"neutral", *EXPRESSIONS, *units}
    clips = {clip.labels[0]: clip for clip in data_set.clips}
    assert clips["UFAU_43"].action_units == {"43": 1.0} and clips["anger"].id == "bs000/E_ANGER_0"
    acted = {clip.labels[0]: clip for clip in made.clips}
    for name, maker in {"neutral": "anger", "surprise": "surprise", "LFAU_27": "AU27"}.items():
        frame = 0 if name == "neutral" else find_stills(acted[maker], (1.0,))[0]
        scan, back = acted[maker].frames[frame], clips[name].frames[0]
        assert len(back.vertices) > 10_000
        # Every point is on the surface, and the surface is covered, but for teeth and eyeballs behind it.
        some = back.vertices[:: len(back.vertices) // 300].astype(np.float64)
        on_scan = anchor(some, scan.vertices, scan.triangles).ride(scan.vertices)
        assert np.linalg.norm(on_scan - some, axis=1).max() < 0.01
        assert np.median(cKDTree(back.vertices).query(scan.vertices)[0]) < 0.75  # mm; lines of sight are 1 mm apart
        corners = back.vertices[back.triangles]
        assert (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0).all()
        moved = np.linalg.norm(back.landmarks - choose_landmarks(scan.landmarks), axis=1)
        assert np.isfinite(moved).all() and moved.max() < 8
        assert back.texture.suffix == ".png" and back.uv.min() >= 0 and back.uv.max() <= 1


def test_sizes_and_pixels_are_those_of_the_format(tmp_path):
    clip = make("synthetic", "bosphorus").clips[0]
    export_bosphorus([clip], tmp_path, "a test", ignore)
    scan = tmp_path / "bs000" / "bs000_E_ANGER_0.bnt"
    head = scan.read_bytes()[:80]
    rows, columns, length = (int.from_bytes(head[at : at + 2], "little") for at in (0, 2, 12))
    assert scan.stat().st_size == 18 + length + 40 * rows * columns
    assert b"bs000_E_ANGER_0" in head[14 : 14 + length]
    pixels = read_lm2(scan.with_suffix(".lm2"))
    with Image.open(scan.with_suffix(".png")) as picture:
        assert (pixels >= 0).all() and (pixels <= picture.size).all()
    marks = read_bosphorus(tmp_path).clips[0].frames[0].landmarks
    assert np.corrcoef(pixels[:, 0], marks[:, 0])[0, 1] > 0.99
    assert np.corrcoef(pixels[:, 1], marks[:, 1])[0, 1] < -0.99  # rows of a picture run down


def test_a_texture_stays_where_it_was_on_the_face(tmp_path):
    clip = make("synthetic", "bosphorus").clips[0]
    Image.new("RGB", (64, 48), (250, 10, 10)).save(tmp_path / "skin.jpg")

    class Textured(type(clip.frames)):
        def _scan(self, frame):
            scan = super()._scan(frame)
            uv = ((scan.vertices[:, :2] - [-150, -150]) / 300).astype(np.float32)
            return replace(scan, uv=uv, triangles_uv=scan.triangles, texture=tmp_path / "skin.jpg")

    textured = Textured(**{name: getattr(clip.frames, name) for name in clip.frames.__dataclass_fields__})
    export_bosphorus([replace(clip, frames=textured)], tmp_path / "out", "a test", ignore)
    back: Scan = read_bosphorus(tmp_path / "out").clips[0].frames[0]
    np.testing.assert_allclose(back.uv, (back.vertices[:, :2] + 150) / 300, atol=1e-4)
    with Image.open(back.texture) as picture:
        assert picture.size == (64, 48) and picture.format == "PNG"


def test_a_scan_moved_out_of_the_tree_is_still_no_recording(tmp_path):
    export_bosphorus(make("synthetic", "bosphorus").clips[:1], tmp_path / "out", "a test", ignore)
    (tmp_path / "elsewhere").mkdir()
    scan = tmp_path / "out" / "bs000" / "bs000_N_N_0.bnt"
    scan.rename(tmp_path / "elsewhere" / scan.name)
    assert read_bosphorus(tmp_path / "elsewhere").stand_in == "a test"


def test_the_same_clips_give_the_same_bytes(tmp_path):
    clips = make("synthetic", "bosphorus").clips[:1]
    for name in "ab":
        export_bosphorus(iter(clips), tmp_path / name, "a test", ignore)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_names_of_subjects_are_kept_or_numbered(tmp_path):
    clip = make("synthetic", "bosphorus").clips[0]
    clips = [replace(clip, subject=name) for name in ("bs000", "berta", "anna")]
    export_bosphorus(clips, tmp_path, "a test", ignore)
    assert read_bosphorus(tmp_path).subjects == ("bs000", "bs001", "bs002")


def test_clips_without_a_place_are_refused_before_anything_is_written(tmp_path):
    clip = make("synthetic", "bosphorus").clips[0]
    refused = {
        "no name for 'AU5'": [replace(clip, labels=("AU5",))],
        "a second one of anger": [clip, replace(clip, id="again")],
        "made clips only": [replace(clip, frames=[clip.frames[0]])],
    }
    for reason, clips in refused.items():
        with pytest.raises(UserError, match=reason):
            export_bosphorus(clips, tmp_path / "out", "a test", ignore)
    assert not Path(tmp_path / "out").exists()
