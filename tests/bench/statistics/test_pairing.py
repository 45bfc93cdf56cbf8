"""A difference is that of the same clips, and its interval that of drawn subjects."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from bench.answer import Answer, Findings, SubjectTally
from bench.statistics import pairing


def compare_methods(ours, theirs, seed):
    """The gain of one seed of answers."""
    found = pairing.compare_methods([Findings(tuple(ours))], [Findings(tuple(theirs))], seed)
    return found and found.gain


def said(right, times=1):
    """Ten clips of each subject, as many of them told right as the table says."""
    return tuple(
        Answer(f"{subject}/{k}", subject, -1, "fear", "fear" if k < count else "anger", times)
        for subject, count in right.items()
        for k in range(10)
    )


def test_a_method_beside_itself_differs_by_nothing():
    same = said({"a": 3, "b": 7})
    found = compare_methods(same, same, 0)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_errors_that_are_shared_do_not_widen_the_interval():
    # Subjects differ by 60 points, the methods by ten points with every one of them.
    found = compare_methods(said({"a": 9, "b": 3, "c": 5}), said({"a": 8, "b": 2, "c": 4}), 0)
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))


def test_the_interval_is_that_of_the_drawn_subjects_mean_gains():
    gains = {"a": 2, "b": -1, "c": 5, "d": 0}
    found = compare_methods(said({name: 4 + gain for name, gain in gains.items()}), said(dict.fromkeys(gains, 4)), 3)
    drawn = np.random.default_rng(9).choice(list(gains.values()), (20_000, 4)).mean(axis=1) / 10
    assert found.value == pytest.approx(0.15)
    assert (found.low, found.high) == pytest.approx(np.percentile(drawn, (2.5, 97.5)), abs=0.03)


def test_rounds_count_as_often_as_they_were_played():
    ours = (*said({"a": 10}, times=3), *said({"a": 0}, times=1))
    assert compare_methods(ours, said({"a": 0}, times=4), 0).value == pytest.approx(0.75)


def test_other_clips_are_not_compared():
    assert compare_methods(said({"a": 3}), said({"b": 3}), 0) is None
    assert compare_methods(said({"a": 3}), said({"a": 3}, times=2), 0) is None
    assert compare_methods((), said({"a": 3}), 0) is None
    assert compare_methods((), (), 0) is None


def test_the_order_of_the_answers_does_not_matter():
    ours, theirs = said({"a": 9, "b": 3, "c": 5}), said({"a": 4, "b": 3, "c": 4})
    assert compare_methods(ours[::-1], theirs, 0) == compare_methods(ours, theirs[::-1], 0) is not None


def test_a_curve_is_compared_by_its_area_and_subjects_share_in_it():
    def curve(one, two):
        asked = {"a": 10, "b": 10}
        return Findings(tallies=(SubjectTally("accuracy@1", 1, one, asked), SubjectTally("accuracy@9", 9, two, asked)))

    found = pairing.compare_methods(
        [curve({"a": 4, "b": 6}, {"a": 8, "b": 8})], [curve({"a": 2, "b": 6}, {"a": 8, "b": 4})], 0
    )
    assert found.gain.value == pytest.approx(0.15)
    assert found.p == 1 / 2  # two subjects gain: both flips that keep the signs alike are as large
    other = Findings(tallies=(SubjectTally("accuracy@1", 1, {"a": 1}, {"a": 10}),))
    assert pairing.compare_methods([other], [curve({"a": 1, "b": 1}, {"a": 1, "b": 1})], 0) is None


def test_the_difference_of_a_subject_is_averaged_over_seeds():
    ours = [Findings(said({"a": 9, "b": 5})), Findings(said({"a": 1, "b": 5}))]
    found = pairing.compare_methods(ours, [Findings(said({"a": 5, "b": 4}))], 0)
    assert found.gain.value == pytest.approx(0.05)
    assert found.p == 1.0, "over both seeds subject a differs by nothing, and b alone can be flipped"


def test_four_losses_of_a_clip_among_thirty_subjects_are_not_told_apart():
    names = [f"s{number}" for number in range(30)]
    ours = said({name: 8 - (number < 4) for number, name in enumerate(names)})
    found = pairing.compare_methods([Findings(ours)], [Findings(said(dict.fromkeys(names, 8)))], 0)
    assert found.p == 0.125
    assert found.gain.high < 0, "the interval alone would have called it worse"


def draw_answers(seed, right):
    """Twelve subjects with four clips of three classes each; `right` of all answers are."""
    rng = np.random.default_rng(seed)
    truth = [(f"s{s}", "abc"[n % 3], n) for s in range(12) for n in range(12)]
    return [
        Answer(f"{s}/{n}", s, -1, (c,), (c if rng.random() < right else "abc"[rng.integers(3)],)) for s, c, n in truth
    ]


@pytest.mark.slow
def test_a_uf1_is_compared_by_that_of_all_clips_together_and_its_error_is_that_of_drawn_subjects():
    ours, theirs = draw_answers(0, 0.6), draw_answers(1, 0.3)
    found = pairing.compare_methods([Findings(tuple(ours))], [Findings(tuple(theirs))], 0, "macro_f1")

    def gain(subjects):
        parts = [[one for name in subjects for one in said if one.subject == name] for said in (ours, theirs)]
        told = [f1_score([a.truth[0] for a in p], [a.predicted[0] for a in p], average="macro") for p in parts]
        return told[0] - told[1]

    names = [f"s{s}" for s in range(12)]
    assert found.gain.value == pytest.approx(gain(names))
    drawn = [gain(np.random.default_rng(seed).choice(names, 12)) for seed in range(300)]
    assert (found.gain.low, found.gain.high) == pytest.approx(np.percentile(drawn, (2.5, 97.5)), abs=0.03)
    assert found.error == pytest.approx(np.std(drawn), rel=0.2)
    assert found.p < 0.01


def test_seeds_of_a_uf1_are_averaged_however_many_each_method_has():
    ours = [Findings(tuple(draw_answers(seed, 0.5))) for seed in range(3)]
    found = pairing.compare_methods(ours, ours[1:2], 0, "macro_f1")
    assert found.p > 0.05 and found.gain.low < 0 < found.gain.high
    assert pairing.compare_methods([*ours, *ours], ours[1:2], 0, "macro_f1").p == found.p
    turned = pairing.compare_methods(ours[:1], ours, 0, "uar")
    assert pairing.compare_methods(ours, ours[:1], 0, "uar").gain.value == pytest.approx(-turned.gain.value)
