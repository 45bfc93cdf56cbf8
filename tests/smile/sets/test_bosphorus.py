"""The Bosphorus reader tells a scan's kind from its name, in every layout, and names what it leaves out."""

import json
import os
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from smile.data.face import EXPRESSIONS
from smile.data.formats.bnt import write_bnt
from smile.data.formats.lm import write_lm3
from smile.errors import BadFile, UserError
from smile.sets.bosphorus import read_bosphorus, read_units

MARKS = np.arange(66, dtype=np.float32).reshape(22, 3)


def add_scan(folder, name="E_ANGER_0", subject="bs000", z=0.0, mark=""):
    """A small scan whose depth tells it from others."""
    folder.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:3, 0:4].astype(np.float32)
    points = np.stack([x, y, np.full_like(x, z)], axis=2)
    stem = f"{subject}_{name}"
    write_bnt(folder / f"{stem}.bnt", points, points[..., :2] / 4, f"{mark}{stem}.png")
    return folder / f"{stem}.bnt"


def add_landmarks(scan, offset=0.0):
    write_lm3(scan.with_suffix(".lm3"), MARKS + offset, "")


def ids(data_set):
    return [clip.id for clip in data_set.clips]


def depth(clip):
    return clip.frames[0].vertices[0, 2]


NAMES = {
    "N_N_0": ("neutral", {"kind": "N"}, {}),
    "E_ANGER_0": ("anger", {"kind": "E"}, {}),
    "E_DISGUST_0": ("disgust", {"kind": "E"}, {}),
    "E_FEAR_0": ("fear", {"kind": "E"}, {}),
    "E_HAPPY_1": ("happiness", {"kind": "E", "repetition": "1"}, {}),
    "E_SADNESS_0": ("sadness", {"kind": "E"}, {}),
    "E_SURPRISE_0": ("surprise", {"kind": "E"}, {}),
    "LFAU_12_0": ("LFAU_12", {"kind": "LFAU"}, {"12": 1.0}),
    "LFAU_12L_0": ("LFAU_12L", {"kind": "LFAU"}, {"L12": 1.0}),
    "LFAU_12LW_0": ("LFAU_12LW", {"kind": "LFAU"}, {"12": 1.0}),
    "UFAU_43_10": ("UFAU_43", {"kind": "UFAU", "repetition": "10"}, {"43": 1.0}),
    "CAU_A22A25_0": ("CAU_A22A25", {"kind": "CAU"}, {"22": 1.0, "25": 1.0}),
    "CAU_A12LA26R_0": ("CAU_A12LA26R", {"kind": "CAU"}, {"L12": 1.0, "R26": 1.0}),
    "YR_R10_0": ("YR_R10", {"kind": "YR", "pose": "R10"}, {}),
    "PR_SU_0": ("PR_SU", {"kind": "PR", "pose": "SU"}, {}),
    "CR_RD_0": ("CR_RD", {"kind": "CR", "pose": "RD"}, {}),
    "O_GLASSES_0": ("O_GLASSES", {"kind": "O", "occlusion": "GLASSES"}, {}),
    "IGN_X_0": ("IGN_X", {"kind": "IGN"}, {}),
}


def test_a_release_tree_is_read(tmp_path):
    for subject in ("bs104", "bs000"):
        for number, name in enumerate(NAMES):
            scan = add_scan(tmp_path / subject, name, subject, z=number)
            (tmp_path / subject / f"{scan.stem}.png").write_bytes(b"picture")
            (tmp_path / subject / f"{scan.stem}.lm2").write_text("")
            add_landmarks(scan, number)
    data_set = read_bosphorus(tmp_path)
    assert (data_set.name, data_set.title, data_set.stand_in, data_set.skipped) == ("bosphorus", "Bosphorus", "", ())
    assert len(data_set.clips) == 2 * len(NAMES) and data_set.subjects == ("bs000", "bs104")
    assert set(EXPRESSIONS) < {clip.labels[0] for clip in data_set.clips}
    clips = {clip.id: clip for clip in data_set.clips}
    for number, (name, (expression, attributes, units)) in enumerate(NAMES.items()):
        clip = clips[f"bs104/{name}"]
        assert (clip.subject, clip.labels, clip.action_units) == ("bs104", (expression,), units)
        assert clip.attributes == {"repetition": "0"} | attributes
        assert (clip.landmark_scheme, len(clip.frames)) == ("bosphorus", 1)
        scan = clip.frames[0]
        assert depth(clip) == number
        np.testing.assert_array_equal(scan.landmarks, MARKS + number)
        assert scan.texture.name == f"bs104_{name}.png" and scan.uv is not None


@pytest.mark.parametrize("detail", ["N", "ANGER", "R10", "GLASSES", "A12B", "", "12X"])
def test_what_is_no_code_has_no_action_units(detail):
    assert read_units(detail) == {}


@pytest.mark.parametrize("above", ["", "BosphorusDB_p1/bs000", "BosphorusDB_p1", "a/b/c"])
def test_folders_and_case_do_not_matter(tmp_path, above):
    add_scan(tmp_path / above)
    path = add_scan(tmp_path / above, "LFAU_12_0", z=3)
    add_landmarks(path)
    path.rename(path.with_name("BS000_lfau_12_0.BNT"))
    path.with_suffix(".lm3").rename(path.with_name("bs000_LFAU_12_0.LM3"))
    data_set = read_bosphorus(tmp_path)
    assert (ids(data_set), data_set.skipped) == (["bs000/E_ANGER_0", "bs000/LFAU_12_0"], ())
    assert depth(data_set.clips[1]) == 3 and data_set.clips[1].frames[0].landmarks is not None


@pytest.mark.parametrize(
    "name",
    [
        "bs000_N_N_0.bnt.gz",
        "bs000_X_N_0.png",
        "._bs000_N_N_0.bnt",
        "bs000_N_N_0.txt",
    ],
)
def test_unknown_files_are_passed_over(tmp_path, name):
    add_scan(tmp_path)
    (tmp_path / name).write_bytes(b"junk")
    data_set = read_bosphorus(tmp_path)
    assert (ids(data_set), data_set.skipped) == (["bs000/E_ANGER_0"], ())


@pytest.mark.parametrize("name", ["bs00_N_N_0.bnt", "bs000_X_N_0.bnt", "bs000_N_N.BNT"])
def test_a_scan_of_another_name_is_named_with_the_kinds_that_are_known(tmp_path, name):
    add_scan(tmp_path)
    (tmp_path / name).write_bytes(b"junk")
    data_set = read_bosphorus(tmp_path)
    assert ids(data_set) == ["bs000/E_ANGER_0"]
    assert [(one.clip_id, "kind (N E LFAU" in one.reason) for one in data_set.skipped] == [(name, True)]


def test_broken_doubled_and_scanless_ones_are_named(tmp_path):
    add_scan(tmp_path / "b")
    add_scan(tmp_path / "a", z=5)
    cut = add_scan(tmp_path, "E_FEAR_0")
    cut.write_bytes(cut.read_bytes()[:-1])
    broken = add_scan(tmp_path / "a", "E_HAPPY_0")
    broken.write_bytes(b"")
    add_scan(tmp_path / "b", "E_HAPPY_0", z=7)
    add_landmarks(tmp_path / "bs000_N_N_0.bnt")
    data_set = read_bosphorus(tmp_path)
    assert ids(data_set) == ["bs000/E_ANGER_0", "bs000/E_HAPPY_0"]
    assert [depth(clip) for clip in data_set.clips] == [5, 7]
    told = {skipped.clip_id: (skipped.file, skipped.reason) for skipped in data_set.skipped}
    assert told["bs000/E_ANGER_0"] == (str(tmp_path / "b" / "bs000_E_ANGER_0.bnt"), "second copy")
    assert told["bs000/E_FEAR_0"][0] == str(cut) and "a grid of 3 x 4" in told["bs000/E_FEAR_0"][1]
    assert told["bs000/E_HAPPY_0"][0] == str(broken) and "ends in its header" in told["bs000/E_HAPPY_0"][1]
    assert told["bs000/N_N_0"] == (str(tmp_path / "bs000_N_N_0.lm3"), "no bnt scan, only lm3")


def test_a_scan_without_landmarks_has_none(tmp_path):
    add_scan(tmp_path)
    (tmp_path / "bs000_E_ANGER_0.lm2").write_text("")
    clip = read_bosphorus(tmp_path).clips[0]
    assert (clip.landmark_scheme, clip.frames[0].landmarks) == (None, None)


def test_a_faulty_scan_is_refused_when_it_is_read(tmp_path):
    scan, marked = add_scan(tmp_path), add_scan(tmp_path, "E_FEAR_0")
    content = bytearray(scan.read_bytes())
    content[-8 * 40 : -8 * 39] = np.array([np.nan]).tobytes()
    scan.write_bytes(content)
    add_landmarks(marked)
    marked.with_suffix(".lm3").write_text("5\nNose tip\n1 2 3")
    anger, fear = read_bosphorus(tmp_path).clips
    with pytest.raises(BadFile, match=r"ANGER_0\.bnt: byte \d+: coordinate nan"):
        anger.frames[0]
    with pytest.raises(BadFile, match=r"FEAR_0\.lm3: line 1: says 5"):
        fear.frames[0]


def test_scans_can_go_to_another_process(tmp_path):
    add_landmarks(add_scan(tmp_path, z=7))
    assert depth(ForkingPickler.loads(ForkingPickler.dumps(read_bosphorus(tmp_path).clips[0]))) == 7


def test_the_content_key_follows_the_files_and_not_their_place(tmp_path):
    def key(root):
        return read_bosphorus(root).clips[0].content_key

    for root in (tmp_path / "a", tmp_path / "b" / "bs000"):
        os.utime(add_scan(root), ns=(1, 1))
    scan = tmp_path / "a" / "bs000_E_ANGER_0.bnt"
    first = key(tmp_path / "a")
    assert first == key(tmp_path / "b")
    add_landmarks(scan)
    with_landmarks = key(tmp_path / "a")
    scan.with_suffix(".png").write_bytes(b"picture")
    assert len({first, with_landmarks, key(tmp_path / "a")}) == 3


def test_made_faces_are_told_by_the_marker_or_by_any_scan(tmp_path):
    add_scan(tmp_path)
    assert read_bosphorus(tmp_path).stand_in == ""
    (tmp_path / "stand-in.json").write_text(json.dumps({"made_by": "ICT-FaceKit"}))
    assert read_bosphorus(tmp_path).stand_in == "ICT-FaceKit"
    (tmp_path / "stand-in.json").unlink()
    add_scan(tmp_path, "N_N_0", mark="Not a recording, made by a test: with colon: ")
    assert read_bosphorus(tmp_path).stand_in == "a test: with colon"


def test_a_wrong_root_is_answered_with_the_expected_layout(tmp_path):
    (tmp_path / "file.zip").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    (tmp_path / "scanless").mkdir()
    add_landmarks(tmp_path / "scanless" / "bs000_N_N_0.bnt")
    expected = {"absent": "does not exist", "file.zip": "unpack it", "empty": "no scans", "scanless": "only lm3"}
    for name, reason in expected.items():
        with pytest.raises(UserError, match=reason) as caught:
            read_bosphorus(tmp_path / name)
        assert "bs000/bs000_N_N_0.bnt" in str(caught.value)
