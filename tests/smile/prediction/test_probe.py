"""The probe: against scikit-learn, on left-out subjects, on disk."""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from smile.data.splits import subject_folds
from smile.errors import BadFile, UserError
from smile.prediction.probe import COSTS, FACTS, FOLDS, STEPS, WEIGHTS, fit_probe, load_probe, save_probe, softmax

SUBJECTS = [f"F{n:03d}" for n in range(12) for _ in range(6)]


def task(classes: int = 3, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Features whose first dimensions tell the class."""
    rng = np.random.default_rng(seed)
    truth = np.tile(np.arange(6) % classes, 12)
    features = rng.normal(size=(72, 8)) * 3 + 5
    features[:, :classes] += 9 * np.eye(classes)[truth]
    return features.astype(np.float32), [f"class {k}" for k in truth]


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_those_of_scikit_learn(classes: int) -> None:
    features, labels = task(classes)
    probe = fit_probe(features, labels, SUBJECTS, "made", "")
    standard = (features - features.mean(0)) / features.std(0)
    found = probe.predict(features)
    for cost in 10.0 ** np.arange(-4, 1.5):
        expected = LogisticRegression(C=cost, max_iter=5000).fit(standard, labels).predict_proba(standard)
        if np.abs(expected - found).max() < 1e-4:
            break
    else:
        pytest.fail("no penalty gives these probabilities")
    assert probe.classes == tuple(f"class {k}" for k in range(classes))


def test_the_accuracy_is_of_subjects_left_out() -> None:
    features, labels = task()
    assert fit_probe(features, labels, SUBJECTS, "made", "").accuracy > 0.9
    shuffled = list(np.random.default_rng(1).permutation(labels))
    # A code of each subject would let a probe learn its labels by heart; left out, it does not know them.
    codes = np.repeat(np.eye(12), 6, axis=0).astype(np.float32) * 50
    assert fit_probe(np.hstack([features * 0, codes]), shuffled, SUBJECTS, "made", "").accuracy < 0.6
    assert fit_probe(features, labels, ["F001"] * 72, "made", "").accuracy is None


def test_a_class_that_a_fold_does_not_know_moves_no_other() -> None:
    features, labels = task()
    alone = [label == "class 0" and subject != "F000" for label, subject in zip(labels, SUBJECTS, strict=True)]
    kept = np.random.default_rng(0).permutation(np.flatnonzero(~np.array(alone)))
    probe = fit_probe(features[kept], [labels[n] for n in kept], [SUBJECTS[n] for n in kept], "made", "")
    # F000 has both clips of class 0, so that no probe can name them; all the others are easy.
    assert probe.classes[0] == "class 0" and probe.accuracy == pytest.approx(1 - 2 / len(kept), abs=0.03)


def test_a_fold_that_is_taught_one_class_answers_nothing() -> None:
    features, labels = task(2)
    people = [f"has {label}" for label in labels]
    assert fit_probe(features, labels, people, "made", "").accuracy == 0


def test_the_penalty_is_the_best_on_subjects_left_out_and_the_strongest_of_equals() -> None:
    rng = np.random.default_rng(0)
    labels = rng.permutation([f"class {k % 3}" for k in range(72)])
    features = rng.normal(size=(72, 20)) + 0.8 * np.eye(20)[[int(label[-1]) for label in labels]]
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    scores = []
    for cost in COSTS:
        said = np.empty_like(labels)
        for fold in subject_folds(SUBJECTS, FOLDS, "probe").folds:
            out = np.isin(SUBJECTS, fold)
            said[out] = (
                LogisticRegression(C=cost, max_iter=STEPS).fit(standard[~out], labels[~out]).predict(standard[out])
            )
        scores.append(np.mean(said == labels))
    assert len(set(scores)) > 2
    probe = fit_probe(features.astype(np.float32), list(labels), SUBJECTS, "made", "")
    assert probe.accuracy == pytest.approx(max(scores), abs=1e-6)
    best = LogisticRegression(C=COSTS[int(np.argmax(scores))], max_iter=STEPS).fit(standard, labels)
    np.testing.assert_allclose(probe.weights, best.coef_, atol=1e-3)


def test_one_subject_leaves_nothing_to_choose() -> None:
    features, labels = task()
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    middle = LogisticRegression(C=COSTS[len(COSTS) // 2], max_iter=STEPS).fit(standard, labels)
    np.testing.assert_allclose(fit_probe(features, labels, ["F001"] * 72, "", "").weights, middle.coef_, atol=1e-3)
    assert fit_probe(features, labels, ["F001", "F002"] * 36, "", "").accuracy > 0.9


def test_a_probe_comes_back_from_disk(tmp_path: Path) -> None:
    features, labels = task()
    probe = fit_probe(features, labels, SUBJECTS, "BU-4DFE", "synthetic")
    save_probe(probe, tmp_path)
    again = load_probe(tmp_path)
    np.testing.assert_array_equal(again.predict(features), probe.predict(features))
    assert dataclasses.replace(again, **dict.fromkeys(("mean", "deviation", "weights", "offsets"))) == (
        dataclasses.replace(probe, **dict.fromkeys(("mean", "deviation", "weights", "offsets")))
    )


def test_what_is_damaged_or_does_not_fit_is_one_error(tmp_path: Path) -> None:
    features, labels = task()
    probe = fit_probe(features, labels, SUBJECTS, "made", "")
    with pytest.raises(UserError, match="8 features and the model gives 5"):
        probe.predict(features[:, :5])
    with pytest.raises(UserError, match="made: a probe needs two classes or more, there is one"):
        fit_probe(features, ["one"] * 72, SUBJECTS, "made", "")
    with pytest.raises(UserError, match="there is none"):
        fit_probe(features[:0], [], [], "made", "")
    missing = r"probe\.json: is no probe: .*; fit it anew with --fit"
    with pytest.raises(BadFile, match=r"probe\.json: is not there, so this is no folder of a probe; fit it anew"):
        load_probe(tmp_path)
    save_probe(probe, tmp_path)
    facts = json.loads((tmp_path / FACTS).read_text())
    (tmp_path / FACTS).write_text(json.dumps({**facts, "classes": ["a", "b"]}))
    with pytest.raises(BadFile, match=r"probe\.safetensors: shapes .* do not belong to 2 classes; fit it anew"):
        load_probe(tmp_path)
    (tmp_path / FACTS).write_text("{")
    with pytest.raises(BadFile, match=missing):
        load_probe(tmp_path)
    (tmp_path / FACTS).write_text(json.dumps(facts))
    (tmp_path / WEIGHTS).write_bytes(b"\x00" * 40)
    with pytest.raises(BadFile, match=missing):
        load_probe(tmp_path)
    for name in (WEIGHTS, FACTS):
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
        with pytest.raises(BadFile, match="is no probe: a pipe, no file; fit it anew"):
            load_probe(tmp_path)


def test_numbers_of_any_size_become_rows_that_sum_to_one() -> None:
    found = softmax(np.array([[1000.0, 1000.0, -1000.0], [-800.0, -801.0, -802.0]]))
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], np.exp([0, -1, -2]) / np.exp([0, -1, -2]).sum()], rtol=1e-6)
