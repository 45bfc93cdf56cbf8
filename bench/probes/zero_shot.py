"""Measures how well a face is told by words alone: the class is that of the sentence closest to the face.

No labelled clip is used. A class has a bank of prompts. The main number is that of the mean of the bank (Radford et
al. 2021, section 3.1.4). Beside it stands how much the words matter: wording number j takes prompt j of every class,
and the mean, the worst and the best wording are told. The best is chosen on tested clips, so it is an upper bound.
Letters in shapes: N clips, K classes, P prompts of a class, D width of the joint space.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from bench.answer import Findings, SubjectTally
from bench.methods.method import Unsuitable
from bench.probes.probe import Exam, TextSide, tell, tested_rows
from smile.arrays import Bool, Float32, Float64, Int64
from smile.captions.prompts import prompt_bank


def probe_zero_shot(exam: Exam) -> Findings:
    """Raises Unsuitable where the encoder has no text side, where its words name no class, or several classes count."""
    if exam.text is None:
        raise Unsuitable("has no text tower")
    if exam.multilabel:
        raise Unsuitable("a clip may show several classes, and the closest sentence names one")
    banks = [_embed_known(exam.text, name) for name in exam.classes]
    faces = _unit(exam.text.faces())
    together = _name_highest(faces @ np.stack([_unit(bank.mean(axis=0)) for bank in banks]).T)
    wordings = [
        _name_highest(faces @ np.stack([bank[number % len(bank)] for bank in banks]).T)
        for number in range(max(map(len, banks)))
    ]
    answers = tuple(tell(exam, [together] * len(exam.rounds)))
    return Findings(answers, _tally_wordings(exam, wordings))


def _name_highest(scores: Float64) -> Bool:
    return np.asarray(np.eye(scores.shape[1], dtype=bool)[scores.argmax(1)])


def _embed_known(text: TextSide, name: str) -> Float64:
    """Returns the unit vectors [P, D] of the prompts whose words the model knows."""
    vectors = text.embed(prompt_bank(name))
    known = vectors[np.any(vectors != 0, axis=1)]
    if not len(known):
        raise Unsuitable(f"does not know the words of the class {name!r}")
    return _unit(known)


def _tally_wordings(exam: Exam, wordings: list[Bool]) -> tuple[SubjectTally, ...]:
    rows = tested_rows(exam)
    right = np.array([(said[rows] == exam.targets[rows]).all(1) for said in wordings], dtype=np.float64)
    order = right.mean(axis=1).argsort(kind="stable")
    chosen = {"mean": right.mean(axis=0), "worst": right[order[0]], "best": right[order[-1]]}
    return tuple(_tally(exam, rows, f"accuracy@{name}", marks) for name, marks in chosen.items())


def _tally(exam: Exam, rows: Int64, metric: str, marks: Float64) -> SubjectTally:
    subjects = [exam.clips[row].subject for row in rows.tolist()]
    right = dict.fromkeys(sorted(set(subjects)), 0.0)
    for name, mark in zip(subjects, marks.tolist(), strict=True):
        right[name] += mark
    asked = Counter(subjects)
    return SubjectTally(metric, 0, right, {name: float(asked[name]) for name in right})


def _unit(vectors: Float32 | Float64) -> Float64:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), dtype=np.float64)
