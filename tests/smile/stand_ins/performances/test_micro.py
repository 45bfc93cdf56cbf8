"""Micro-expressions are drawn as often, as one-sided and as short as they were coded."""

import json
from collections import Counter

import numpy as np
import pytest

from smile.stand_ins.performance import Act, Difficulty
from smile.stand_ins.performances.micro import ONE_SIDED, Micro, read_sets
from smile.stand_ins.performances.micro_sets import MICRO_SETS
from tests.places import SHARED

COUNTS = SHARED / "performances" / "casme3_statistics.json"
ALL = {emotion: read_sets(emotion) for emotion in MICRO_SETS}


@pytest.mark.skipif(not COUNTS.is_file(), reason=f"no statistics at {COUNTS}")
def test_the_table_holds_all_that_was_counted() -> None:
    counted: dict[str, Counter[tuple[int, ...]]] = {emotion: Counter() for emotion in MICRO_SETS}
    for one in json.loads(COUNTS.read_text())["micro_configurations"]:
        emotion = {"sad": "sadness", "happy": "happiness"}.get(one["emotion"].lower(), one["emotion"].lower())
        counted[emotion][tuple(one["units"])] += one["count"]
    assert counted == ALL


def test_the_table_says_860_clips_of_a_unit_and_a_quarter() -> None:
    clips = [(units, count) for sets in ALL.values() for units, count in sets.items()]
    assert sum(count for _, count in clips) == 860
    assert sum(len(units) * count for units, count in clips) / 860 == pytest.approx(1.25, abs=0.01)


def test_emotions_come_as_often_as_they_were_coded() -> None:
    acts = [act for i in range(600) for act in Micro().choose(0, f"F{i}", None)]
    assert len(acts) / 600 == pytest.approx(8.5, abs=0.3)
    shares = Counter(act.labels[0] for act in acts)
    for emotion, sets in ALL.items():
        assert shares[emotion] / len(acts) == pytest.approx(sum(sets.values()) / 860, abs=0.02)


def test_clips_show_sets_that_were_coded_weakly_and_shortly() -> None:
    acts = (Act(("disgust",)), Act(("others",)))
    acted = [(act, Micro().perform(0, f"F{i}", act, 6, Difficulty())) for i in range(120) for act in acts]
    for act, clip in acted:
        assert tuple(sorted(int(unit.lstrip("LR")) for unit in clip.units)) in ALL[act.labels[0]]
        assert clip.strengths.max() < 0.7
        assert clip.seconds < 3.7
    sided = np.mean([any(unit[0] in "LR" for unit in clip.units) for _, clip in acted])
    assert sided == pytest.approx(ONE_SIDED, abs=0.06)
    assert 0.5 < np.median([clip.seconds for _, clip in acted]) < 1.3
