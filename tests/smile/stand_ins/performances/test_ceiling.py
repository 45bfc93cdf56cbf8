"""The ceiling is what scikit-learn says when people are left out, chance for shuffled labels, and unknown on disk."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from smile.data.face import Clip
from smile.stand_ins.cast import Cast, Program
from smile.stand_ins.performances.ceiling import (
    describe_ceiling,
    find_ceiling,
    measure_ceiling,
    measure_transfer,
    see_weights,
)
from smile.stand_ins.performances.theories import Theories
from smile.stand_ins.synthetic import act_synthetic

CLIPS = act_synthetic(Cast(10, Program(frames=6), performer=Theories())).clips


@pytest.mark.parametrize("apart", ["subject", "manner"])
def test_ten_people_or_fewer_are_left_out_one_by_one(apart: str) -> None:
    groups = [clip.subject if apart == "subject" else clip.attributes["manner"] for clip in CLIPS]
    machine = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    labels = np.array([clip.labels[0] for clip in CLIPS])
    scores = cross_val_score(machine, see_weights(CLIPS), labels, groups=groups, cv=LeaveOneGroupOut())
    sizes = [groups.count(group) for group in sorted(set(groups))]
    assert measure_ceiling(CLIPS, apart) == pytest.approx(np.average(scores, weights=sizes), abs=0.02)


def test_shuffled_labels_are_chance() -> None:
    luck = np.random.default_rng(0).permutation(len(CLIPS))
    shuffled = tuple(replace(clip, labels=CLIPS[other].labels) for clip, other in zip(CLIPS, luck, strict=True))
    true, chance = measure_ceiling(CLIPS), measure_ceiling(shuffled)
    assert true is not None and chance is not None
    assert chance < 0.4 < 0.6 < true


def test_a_classifier_taught_by_others_is_scored_on_the_tested_alone() -> None:
    assert measure_transfer(CLIPS, CLIPS) > 0.95
    wrong = tuple(replace(clip, labels=("bliss",)) for clip in CLIPS)
    assert measure_transfer(wrong, CLIPS) == 0


def test_it_says_when_there_is_none() -> None:
    told = find_ceiling(CLIPS[:1])
    assert told is not None and told["subjects_apart"] is None and "no ceiling" in describe_ceiling(told)
    assert find_ceiling((replace(CLIPS[0], frames=[CLIPS[0].frames[0]]),)) is None


def test_what_is_told_counts_clips_people_and_classes() -> None:
    told = find_ceiling(CLIPS)
    assert told is not None and (told["clips"], told["subjects"]) == (len(CLIPS), 10)
    assert told["manners"]["F001"] == CLIPS[0].attributes["manner"]
    assert f"ceiling {100 * told['subjects_apart']:.1f} % of 6 classes" in describe_ceiling(told)


def test_the_title_tells_the_performance() -> None:
    made = act_synthetic(Cast(1, Program(frames=2), performer=Theories(), identities="blended"))
    assert (made.name, made.stand_in) == ("synthetic-theories-blended", "synthetic, theories, blended")
    assert made.title == "Synthetic faces, theories, blended"
    first: Clip = made.clips[0]
    assert first.content_key != act_synthetic(Cast(1, Program(frames=2), performer=Theories())).clips[0].content_key
