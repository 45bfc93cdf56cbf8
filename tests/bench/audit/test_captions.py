"""The audit of captions: known information is found, none is found where there is none, and subjects stay apart."""

import numpy as np
import pytest

from bench.audit.captions import audit_captions, bag_phrases
from smile.data.face import EXPRESSIONS

SUBJECTS = [f"F{n:03d}" for n in range(20) for _ in EXPRESSIONS]
LABELS = [(name,) for name in EXPRESSIONS] * 20


def test_captions_that_name_the_label_tell_all_of_it():
    audit = audit_captions([f"a face of {name}" for name in LABELS], LABELS, SUBJECTS, seed=0)
    assert (audit.information, audit.adjusted, audit.accuracy) == (1.0, 1.0, 1.0)
    assert (audit.clips, audit.silent, audit.distinct) == (120, 0, 6)


def test_captions_drawn_at_random_tell_nothing():
    rng = np.random.default_rng(0)
    captions = [f"word {rng.integers(6)}" for _ in LABELS]
    audit = audit_captions(captions, LABELS, SUBJECTS, seed=0)
    assert abs(audit.adjusted) < 0.1 and audit.accuracy < 1 / 6 + 0.15


def test_captions_that_are_all_different_are_not_taken_for_informed():
    """Normalised mutual information calls them informed; the adjusted one and the prediction do not."""
    audit = audit_captions([f"clip {n}" for n in range(120)], LABELS, SUBJECTS, seed=0)
    assert audit.information > 0.4 and abs(audit.adjusted) < 1e-9 and audit.accuracy < 1 / 6 + 0.15


def test_a_phrase_counts_wherever_it_stands():
    captions = [f"word {n % 7}, {LABELS[n][0]}, word {n % 5}" for n in range(120)]
    audit = audit_captions(captions, LABELS, SUBJECTS, seed=0)
    assert audit.accuracy == 1.0 and audit.distinct > 60


def test_a_subject_s_own_words_do_not_help_to_tell_its_labels():
    captions = [f"{subject} {label}" for subject, (label,) in zip(SUBJECTS, LABELS, strict=True)]
    assert audit_captions(captions, LABELS, SUBJECTS, seed=0).accuracy < 1 / 6 + 0.15


def test_silent_clips_are_counted_and_few_subjects_predict_nothing():
    audit = audit_captions(
        ["", "a", "a", ""], [("anger",), ("fear",), ("fear",), ("anger",)], ["F1", "F1", "F2", "F2"], seed=0
    )
    assert (audit.silent, audit.distinct, audit.accuracy, audit.information) == (2, 1, None, 1.0)


def test_several_labels_a_clip_are_predicted_together():
    labels = [("anger", "fear") if n % 2 else ("fear",) for n in range(120)]
    assert audit_captions(["x" if n % 2 else "y" for n in range(120)], labels, SUBJECTS, seed=0).accuracy == 1.0


@pytest.mark.parametrize("captions", [["b, a", "a", ""]])
def test_phrases_are_parted_by_commas(captions):
    assert bag_phrases(captions).tolist() == [[1, 1], [1, 0], [0, 0]]
