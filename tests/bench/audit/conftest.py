"""Made faces of a few people whom the threshold of copies was not chosen on, and their fingerprints."""

from dataclasses import replace

import pytest

from bench.audit.fingerprint import draw_print
from smile.data.face import DataSet
from smile.stand_ins.cast import Cast, Program
from smile.stand_ins.ict import act_ict
from smile.stand_ins.synthetic import act_synthetic
from tests.places import SHARED

ACTS = (("happiness",), ("surprise",))


def cast(people, seed):
    return Cast(people, Program(ACTS, frames=20), seed)


@pytest.fixture(scope="session")
def faces():
    """Clips of six synthetic people, and of four people of ICT-FaceKit where that is there."""
    sets = [act_synthetic(cast(6, 7))]
    ict = SHARED / "ict_facekit_scanlike_60id.npz"
    if ict.exists():
        sets.append(act_ict(ict, replace(cast(4, 7), identities="blended")))
    clips = [
        replace(clip, id=f"{one.name}/{clip.id}", subject=f"{one.name} {clip.subject}")
        for one in sets
        for clip in one.clips
    ]
    return DataSet("made", "Made faces", tuple(clips))


@pytest.fixture(scope="session")
def prints(faces):
    """The fingerprint of the scan in the middle of each clip."""
    return [draw_print(clip.frames[len(clip.frames) // 2]) for clip in faces.clips]
