"""Clean faces are what they always were; hard ones are harder as stated, the same everywhere, and called so."""

from dataclasses import replace

import numpy as np
import pytest

from smile.data.face import Scan
from smile.errors import UserError
from smile.sources import Source, open_source, parse_source
from smile.stand_ins.cast import Cast, Program
from smile.stand_ins.nuisances.levels import DIFFICULTIES, Nuisances, choose_profile, find_difficulty
from smile.stand_ins.nuisances.occlusion import find_seen
from smile.stand_ins.nuisances.profiles import PROFILES, Profile
from smile.stand_ins.nuisances.solids import Solid, tube
from smile.stand_ins.nuisances.staging import blemish, dress, misplace, wear
from smile.stand_ins.performance import Variation, generator
from smile.stand_ins.scanner import HEADS, Scanner, scan
from smile.stand_ins.synthetic import SyntheticSource, act_synthetic

HARD, EYE = DIFFICULTIES["hard"], np.eye(3, dtype=np.float32)
CAST = Cast(4, Program((("happiness",),), frames=4), seed=3)
FACES = {name: act_synthetic(replace(CAST, difficulty=name)) for name in DIFFICULTIES}
MODEL = SyntheticSource().load()
MARKS = MODEL.anchors.ride(MODEL.neutral)


def in_bytes(made: Scan) -> bytes:
    assert made.landmarks is not None
    return made.vertices.tobytes() + made.triangles.tobytes() + made.landmarks.tobytes()


def test_clean_faces_are_the_bare_scan_of_the_bare_performance() -> None:
    clip = FACES["clean"].clips[1]
    acted, number = clip.frames.perform(), 2
    identity = np.clip(generator(3, "identity", clip.subject).standard_normal(len(MODEL.identities)), -2, 2)
    face = MODEL.deform(MODEL.sculpt(identity.astype(np.float32)), acted.weights[number])
    marks = MODEL.anchors.ride(face)
    rng = generator(3, "scan", clip.subject, "happiness", number)
    turn = acted.rotations[number]
    points, triangles = scan(Scanner(), MODEL.surface, face, (marks[16:26], marks[26:36]), turn, rng)
    made = clip.frames[number]
    assert made.vertices.tobytes() == (points @ turn.T + acted.translations[number]).tobytes()
    assert made.triangles.tobytes() == triangles.tobytes()
    assert Nuisances() == DIFFICULTIES["clean"] and Nuisances().stir(Variation()) == Variation()


def test_hard_faces_are_the_same_in_any_order_and_new_in_every_frame() -> None:
    clips = FACES["hard"].clips
    one = [in_bytes(clip.frames[number]) for clip in clips[:2] for number in (0, 1)]
    again = act_synthetic(replace(CAST, difficulty="hard")).clips
    other = [in_bytes(clip.frames[number]) for clip in again[1::-1] for number in (1, 0)]
    assert one == other[::-1] and len(set(one)) == 4


def test_hard_faces_have_a_quarter_of_the_vertices_and_speak_with_all_their_strength() -> None:
    coarse = replace(DIFFICULTIES["clean"], resolution=0.25)
    clean, hard = FACES["clean"].clips[0].frames, FACES["hard"].clips[0].frames
    fewer = blemish(coarse, Profile(), clean[1], None, EYE, np.random.default_rng(0))
    assert len(fewer.vertices) == pytest.approx(len(clean[1].vertices) / 4, rel=0.03)
    path = np.stack([np.linspace(-30, 30, 40), np.zeros(40), np.full(40, 110.0)], axis=1)
    rod = tube(path, 3.0, 3.0, (0, 0, 1), sides=400)  # as many vertices as three faces
    hidden = blemish(coarse, Profile(), clean[1], rod, EYE, np.random.default_rng(0))
    assert len(fewer.vertices) < len(hidden.vertices) < 1.5 * len(fewer.vertices)  # what is worn makes no face finer
    assert hard.difficulty.speech == 1.0 and clean.difficulty.speech == Variation().speech
    assert hard.perform().units == clean.perform().units


def test_every_title_tells_that_faces_are_hard() -> None:
    clean, hard = FACES["clean"], FACES["hard"]
    assert (clean.name, clean.title, clean.stand_in) == ("synthetic", "Synthetic faces", "synthetic")
    assert (hard.name, hard.title, hard.stand_in) == ("synthetic-hard", "Synthetic faces, hard", "synthetic, hard")
    assert not {clip.content_key for clip in clean.clips} & {clip.content_key for clip in hard.clips}


def test_a_word_after_the_colon_makes_faces_hard() -> None:
    source = parse_source("synthetic:hard")
    assert source == Source("synthetic", difficulty="hard") and source.key == "synthetic-hard"
    assert open_source(source, CAST).clips[0].content_key == FACES["hard"].clips[0].content_key
    with pytest.raises(UserError, match="did you mean 'hard'"):
        find_difficulty("hrd")


def test_landmarks_are_off_by_the_angle_and_the_share_that_are_stated() -> None:
    middle = MARKS - MARKS.mean(axis=0)
    for seed in range(12):
        off = misplace(HARD, MARKS, np.random.default_rng(seed))
        moved = off - off.mean(axis=0)
        left, sizes, right = np.linalg.svd(moved.T.astype(float) @ middle.astype(float))
        scale, turn = sizes.sum() / (middle.astype(float) ** 2).sum(), left @ right
        assert 3 <= np.degrees(np.arccos((np.trace(turn) - 1) / 2)) <= 9
        assert 0.03 <= abs(scale - 1) <= 0.09
        assert 2 <= np.linalg.norm(off.mean(axis=0) - MARKS.mean(axis=0)) <= 6
    assert misplace(Nuisances(), MARKS, np.random.default_rng(0)) == pytest.approx(MARKS, abs=1e-4)


def clothe(nuisances: Nuisances, act: str) -> Solid | None:
    worn = wear(nuisances, 0, "F001", MODEL.neutral, MARKS)
    return dress(nuisances, 0, "F001", act, MODEL.neutral, MARKS, worn)


def test_a_subject_wears_the_same_in_every_clip_and_a_hand_comes_and_goes() -> None:
    often = replace(HARD, hair=0.0, glasses=1.0, hand=0.5)
    worn = [clothe(often, act) for act in "abcdef"]
    counts = [0 if one is None else len(one.vertices) for one in worn]
    least = min(counts)
    assert 0 < counts.count(least) < 6
    first = next(one for one, count in zip(worn, counts, strict=True) if count == least)
    assert all(one.vertices[:least] == pytest.approx(first.vertices) for one in worn if one is not None)
    assert clothe(Nuisances(), "a") is None


def test_hair_glasses_and_hands_hide_their_part_of_the_face() -> None:
    sensors = HEADS.T.astype(float)
    skin = np.abs(MODEL.neutral[:, 0]) < 60
    hidden = {}
    for name in ("hair", "glasses", "hand"):
        worn = clothe(replace(Nuisances(), **{name: 1.0}), "a")
        hidden[name] = 1 - find_seen(MODEL.neutral[skin], worn, sensors).mean()
    assert all(0.01 < share < 0.5 for share in hidden.values()), hidden


def test_subjects_are_scanned_by_different_scanners() -> None:
    chosen = [choose_profile(HARD, 0, f"F{number:03d}", Scanner()) for number in range(20)]
    assert {id(one) for one in chosen} == {id(one) for one in PROFILES.values()}
    own = Scanner(slide=0.1)
    assert choose_profile(Nuisances(), 0, "F001", own).scanner is own
