"""A mean over folds is what scikit-learn gives fold by fold, and not what all predictions together give."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from bench.answer import Answer
from bench.statistics.folds import average_folds, miss_classes
from bench.statistics.scores import score

CLASSES = ("Negative", "Positive", "Surprise")


def draw(folds=6, clips=9, seed=0, several=False):
    """Answers of a classifier that is right for two clips of three; each fold has its own share of each class."""
    rng = np.random.default_rng(seed)
    answers = []
    for fold in range(folds):
        likely = rng.dirichlet([0.4] * 3)
        for number in range(clips):
            truth = CLASSES[rng.choice(3, p=likely)]
            said = truth if rng.random() < 0.66 else CLASSES[rng.integers(3)]
            more = ("Repression",) if several and rng.random() < 0.5 else ()
            guessed = ("Repression",) if several and rng.random() < 0.5 else ()
            answers.append(Answer(f"{fold}/{number}", f"S{fold}", fold, (truth, *more), (said, *guessed)))
    return answers


def score_plainly(answers, metric):
    """The metric of each fold over the classes that occur there, then the mean."""
    found = []
    for fold in sorted({one.fold for one in answers}):
        truth, said = zip(*((one.truth[0], one.predicted[0]) for one in answers if one.fold == fold), strict=True)
        labels = sorted({*truth, *said} if metric is f1_score else set(truth))
        found.append(metric(truth, said, labels=labels, average="macro"))
    return np.mean(found)


def test_it_is_what_scikit_learn_says_fold_by_fold():
    answers = draw()
    found = average_folds(answers, multilabel=False)
    assert found["macro_f1"] == pytest.approx(score_plainly(answers, f1_score))
    assert found["uar"] == pytest.approx(score_plainly(answers, recall_score))
    assert found["accuracy"] == pytest.approx(score(answers, 0)["accuracy"].value), "folds of equal size"


def test_it_differs_from_the_pooled_score_where_folds_lack_classes():
    answers = draw()
    assert miss_classes(answers)
    assert abs(average_folds(answers, multilabel=False)["macro_f1"] - score(answers, 0)["macro_f1"].value) > 0.01


def test_several_classes_a_clip_are_scored_class_by_class():
    answers = draw(several=True)
    found = average_folds(answers, multilabel=True)
    exact = np.mean([set(one.truth) == set(one.predicted) for one in answers])
    assert found["accuracy"] == pytest.approx(exact)
    parts = [[one for one in answers if one.fold == fold] for fold in range(6)]
    assert found["macro_f1"] == pytest.approx(np.mean([score(part, 0, True)["macro_f1"].value for part in parts]))


def test_an_answer_that_was_given_in_several_rounds_counts_as_often():
    once = [*draw(), *draw()]
    twice = [Answer(a.clip, a.subject, a.fold, a.truth, a.predicted, 2) for a in draw()]
    assert average_folds(twice, False) == pytest.approx(average_folds(once, False))


def test_one_fold_and_folds_that_change_between_rounds_have_no_mean():
    assert average_folds(draw(folds=1), multilabel=False) == {}
    loose = [Answer(a.clip, a.subject, -1 if a.fold == 2 else a.fold, a.truth, a.predicted) for a in draw()]
    assert average_folds(loose, multilabel=False) == {}


def test_folds_with_the_same_classes_miss_none():
    assert not miss_classes([Answer(str(n), "S", n % 2, (name,), (name,)) for name in CLASSES for n in range(4)])
