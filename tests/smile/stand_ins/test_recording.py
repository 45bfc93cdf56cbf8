"""Recordings are lazy, picklable, the same in every process, and named by what they hold."""

import hashlib
import os
import pickle  # noqa: TID251 (what travels to worker processes)
import subprocess
import sys

import numpy as np
import pytest

from smile.data.action_units import Coded
from smile.data.face import EXPRESSIONS, Clip, Scan
from smile.data.landmarks import measure_motion
from smile.errors import UserError
from smile.stand_ins import blendshapes
from smile.stand_ins.performance import Variation
from smile.stand_ins.scanner import Scanner
from smile.stand_ins.synthetic import SyntheticSource, make_synthetic

CLIP = make_synthetic(2, 8, seed=5).clips[9]


def digest(scan: Scan) -> str:
    assert scan.landmarks is not None
    return hashlib.sha256(scan.vertices.tobytes() + scan.triangles.tobytes() + scan.landmarks.tobytes()).hexdigest()


def test_ids_subjects_and_attributes() -> None:
    data = make_synthetic(3, 8)
    assert data.subjects == ("F001", "F002", "M001")
    assert [c.id for c in data.clips[:6]] == [f"F001/{e}" for e in EXPRESSIONS]
    assert len({c.id for c in data.clips}) == len({c.content_key for c in data.clips}) == 18
    assert CLIP.attributes["sex"] == "M"
    assert float(CLIP.attributes["level"]) in Variation().levels
    assert CLIP.landmark_scheme == "bu83"
    assert CLIP.fps == 2.0


@pytest.mark.slow
def test_another_process_makes_the_same_bytes() -> None:
    program = (
        "from smile.stand_ins.synthetic import make_synthetic; import hashlib\n"
        "c = make_synthetic(2, 8, seed=5).clips[9]; s = c.frames[3]\n"
        "print(hashlib.sha256(s.vertices.tobytes() + s.triangles.tobytes() + s.landmarks.tobytes()).hexdigest())\n"
        "print(c.content_key)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "77"}
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert told.stdout.split() == [digest(CLIP.frames[3]), CLIP.content_key]


def test_frames_can_be_read_in_any_order_and_after_a_journey() -> None:
    last, first = digest(CLIP.frames[7]), digest(CLIP.frames[0])
    other = pickle.loads(pickle.dumps(CLIP.frames))  # noqa: S301 (our own bytes)
    assert (digest(other[0]), digest(other[-1])) == (first, last)
    assert [digest(scan) for scan in CLIP.frames[::7]] == [first, last]
    assert len(pickle.dumps(CLIP)) < 4000
    with pytest.raises(IndexError):
        CLIP.frames[8]


def test_no_frame_has_the_triangulation_of_another() -> None:
    scans = list(CLIP.frames)
    assert len({scan.triangles.tobytes() for scan in scans}) == len(scans)
    assert len({len(scan.vertices) for scan in scans}) > 1
    for scan in scans:
        assert scan.vertices.dtype == np.float32 and scan.triangles.dtype == np.int32
        assert np.isfinite(scan.vertices).all()
        assert scan.triangles.min() == 0 and scan.triangles.max() == len(scan.vertices) - 1


def test_landmarks_stay_on_the_scan() -> None:
    for scan in CLIP.frames:
        assert scan.landmarks is not None
        gap = np.linalg.norm(scan.vertices[None] - scan.landmarks[16:68, None], axis=2).min(axis=1)
        assert np.median(gap) < 2.5


def test_every_setting_changes_the_key() -> None:
    def key(**changes: object) -> str:
        settings = {"subjects": 1, "frames": 8, "seed": 0} | changes
        return make_synthetic(**settings).clips[0].content_key  # type: ignore[arg-type]

    keys = [key(), key(frames=9), key(seed=1), key(difficulty=Variation(turn=5)), key(scanner=Scanner(slide=0.1))]
    assert len(set(keys)) == 5
    assert key(subjects=2) == key()
    assert SyntheticSource() == SyntheticSource()


def test_a_higher_level_moves_the_face_further() -> None:
    def motion(level: float) -> float:
        still = Variation(levels=(level,), blinks=0, gaze=0, speech=0, turn=0, shift=0)
        quiet = Scanner(landmark_drift=0, landmark_noise=0)
        clips: tuple[Clip, ...] = make_synthetic(2, 9, difficulty=still, scanner=quiet).clips
        moved = [np.ptp(np.stack([s.landmarks for s in c.frames if s.landmarks is not None]), axis=0) for c in clips]
        return float(np.mean(moved))

    assert motion(0.35) < 0.75 * motion(0.7)


def test_expressions_can_be_told_apart_by_what_moves() -> None:
    strong = Variation(levels=(1.0,), optional=0, dropout=0, turn=0, shift=0)
    clips = make_synthetic(4, 9, difficulty=strong).clips
    ends = np.stack([np.stack([c.frames[0].landmarks, c.frames[4].landmarks]) for c in clips])  # type: ignore[misc]
    motion = measure_motion(ends, "bu83")
    mean = {m: dict(zip(EXPRESSIONS, v.reshape(4, 6).mean(axis=0), strict=True)) for m, v in motion.items()}
    assert max(mean["lip corner height"], key=mean["lip corner height"].__getitem__) == "happiness"
    assert max(mean["mouth opening"], key=mean["mouth opening"].__getitem__) == "surprise"
    assert max(mean["nose wing height"], key=mean["nose wing height"].__getitem__) == "disgust"
    assert min(mean["lip corner height"], key=mean["lip corner height"].__getitem__) in ("sadness", "surprise", "fear")
    assert min(mean["inner brow height"], key=mean["inner brow height"].__getitem__) == "anger"
    assert mean["mouth width"]["fear"] > mean["mouth width"]["sadness"]


def test_no_subjects_and_one_frame_are_refused() -> None:
    with pytest.raises(UserError, match="1 or more"):
        make_synthetic(0, 8)
    with pytest.raises(UserError, match="2 or more"):
        make_synthetic(1, 1)


def test_other_expressions_are_acted_where_they_are_asked_for() -> None:
    clips = make_synthetic(2, 6, acts=(("pain",), ("Surprise", "Positive"))).clips
    assert [clip.id for clip in clips[:2]] == ["F001/pain", "F001/Surprise and Positive"]
    assert [clip.labels for clip in clips[:2]] == [("pain",), ("Surprise", "Positive")]
    assert len({clip.content_key for clip in clips}) == 4


def test_a_recording_knows_its_action_units() -> None:
    frames = CLIP.frames
    assert isinstance(frames, Coded)
    coding = frames.code()
    assert coding.frames.tolist() == list(range(8))
    assert set(map(int, coding.units)) <= set(blendshapes.ACTION_UNITS)
    assert coding.strengths.shape == (8, len(coding.units))
    assert coding.strengths[0].max() == 0 < coding.strengths.max()
