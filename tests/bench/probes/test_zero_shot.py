"""Words alone tell the class, whichever wording; what has no words has a reason instead."""

import dataclasses

import numpy as np
import pytest

from bench.methods.method import Unsuitable
from bench.probes.probe import TextSide
from bench.probes.zero_shot import probe_zero_shot
from smile.captions.prompts import prompt_bank
from smile.data.face import EXPRESSIONS
from tests.bench.probes.exams import accuracy, make_exam

SPACE = np.eye(6, 8, dtype=np.float32)


def embed(sentences, lies=(), unknown=()):
    """The direction of the class of each prompt; that of the next class where it lies, zeros where it is unknown."""
    where = {prompt: k for k, name in enumerate(EXPRESSIONS) for prompt in prompt_bank(name)}
    rows = [SPACE[(where[one] + (one in lies)) % 6] * (one not in unknown) for one in sentences]
    return np.stack(rows)


def exam_of(**words):
    exam, _ = make_exam()
    faces = SPACE[exam.targets.argmax(1)] + 0.1
    return dataclasses.replace(exam, text=TextSide(lambda: faces, lambda sentences: embed(sentences, **words)))


def test_faces_beside_their_sentences_are_all_told():
    found = accuracy(probe_zero_shot(exam_of()))
    assert found == dict.fromkeys(("accuracy", "accuracy@mean", "accuracy@worst", "accuracy@best"), 1.0)


def test_one_wording_that_lies_is_the_worst_and_moves_the_mean_alone():
    lies = {prompt_bank(name)[1] for name in EXPRESSIONS}
    found = accuracy(probe_zero_shot(exam_of(lies=lies)))
    assert (found["accuracy"], found["accuracy@worst"], found["accuracy@best"]) == (1.0, 0.0, 1.0)
    assert 0.8 < found["accuracy@mean"] < 1.0


def test_prompts_of_unknown_words_are_left_out_and_a_class_without_words_is_said():
    lies = {prompt for name in EXPRESSIONS for prompt in prompt_bank(name)[1:]}
    assert accuracy(probe_zero_shot(exam_of(lies=lies)))["accuracy"] == 0.0
    assert accuracy(probe_zero_shot(exam_of(lies=lies, unknown=lies)))["accuracy"] == 1.0
    with pytest.raises(Unsuitable, match="does not know the words of the class 'fear'"):
        probe_zero_shot(exam_of(unknown=prompt_bank("fear")))


def test_what_has_no_text_or_several_classes_has_a_reason():
    exam, _ = make_exam()
    with pytest.raises(Unsuitable, match="has no text tower"):
        probe_zero_shot(exam)
    with pytest.raises(Unsuitable, match="several classes"):
        probe_zero_shot(dataclasses.replace(exam_of(), multilabel=True))
