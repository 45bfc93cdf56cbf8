"""Measures how well a logistic regression tells the classes of tested subjects, fold by fold.

To test a fold, each of the folds nearest to it is left out as well, one after the other. The penalty that predicts
these left-out folds best is taken, and no label of the tested fold is read. A fit without two folds serves both.
Letters in shapes: n clips of a round, m clips of a fold, K classes, B fits, S penalties.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bench.answer import Findings
from bench.probes.linear_probe import CLASSIFIERS
from bench.probes.logistic import Fits, Logistic
from bench.probes.nested import Choices, Sheet, choose_settings, name_classes
from bench.probes.probe import Exam, tell
from smile.arrays import Bool, Float64, Int64

#: Penalties, the strongest first; the unit is the mean squared length of a standardised embedding. Half a squared
#: length of weights is penalised beside the summed loss, so that scikit-learn's C is the inverse, over the width.
LOGISTIC_PENALTIES: tuple[float, ...] = (10.0, 1.0, 0.1, 0.01)
#: Most folds that choose the penalty, as of the linear SVM.
NEAREST = 4


def probe_logistically(exam: Exam) -> Findings:
    """Returns the answers of all rounds; the floor that guesses guesses here too."""
    from threadpoolctl import threadpool_limits

    # One thread gives the same bytes on any number of cores.
    with threadpool_limits(1, "blas"):
        said = CLASSIFIERS["uniform"](exam) if exam.classifier == "uniform" else list(_answer_all(exam))
    return Findings(tuple(tell(exam, said)))


def predict_logistically(model: Logistic, sheet: Sheet, shown: Float64 | None = None) -> Bool:
    """Returns the predicted classes [n, K] of the tested folds; rows of other folds are False.

    `shown` [n, n] are inner products of the clips as they are tested (rows) with the clips as they are taught.
    """
    task, predicted = _Task(model, sheet), np.zeros_like(sheet.targets)
    chosen = {fold: task.choose(fold) for fold in task.tested}
    wanted = [(fold, setting) for fold, choices in chosen.items() for setting in _list_settings(choices)]
    if not wanted:
        return predicted
    penalties = np.array([LOGISTIC_PENALTIES[setting] for _, setting in wanted])
    fits = model.fit(task.teach([{fold} for fold, _ in wanted]), penalties)
    told = model.tell(fits, model.points if shown is None else model.place(shown))
    scores = dict(zip(wanted, told, strict=True))
    for fold, choices in chosen.items():
        rows = sheet.folds == fold
        predicted[rows] = name_classes({one: scores[fold, one][rows] for one in _list_settings(choices)}, choices)
    return predicted


def _list_settings(choices: Choices) -> list[int]:
    return sorted({setting for setting, _ in choices})


def _answer_all(exam: Exam) -> Iterator[Bool]:
    models: dict[bytes, Logistic] = {}  # with fixed subjects, one serves all rounds of a protocol
    for part in exam.rounds:
        rows = np.flatnonzero(part.folds >= 0)
        if rows.tobytes() not in models:
            gram = exam.kernel.clean[np.ix_(rows, rows)]
            models = {rows.tobytes(): Logistic(gram, exam.targets[rows], exam.multilabel)}
        shown = None if exam.kernel.shown is exam.kernel.clean else exam.kernel.shown[np.ix_(rows, rows)]
        whole = np.zeros_like(exam.targets)
        sheet = Sheet(exam.targets[rows], part.folds[rows], part.tested, exam.multilabel)
        whole[rows] = predict_logistically(models[rows.tobytes()], sheet, shown)
        yield whole


@dataclass(frozen=True)
class _Task:
    """Holds one round, and the fits without two folds, at every penalty."""

    model: Logistic
    sheet: Sheet

    @property
    def tested(self) -> list[int]:
        """The tested folds that have clips."""
        return [fold for fold in self.sheet.tested if fold in self._present]

    def teach(self, without: Sequence[set[int]]) -> Bool:
        """Returns which clips teach [n, B]: those of all folds but these."""
        return np.stack([~np.isin(self.sheet.folds, sorted(folds)) for folds in without], axis=1)

    def choose(self, fold: int) -> Choices:
        """Returns the penalty, or penalty and threshold of each class where clips show several."""
        inner = self._list_inner(fold)
        if not inner:
            return _take_middle(self.sheet)
        rows = [np.flatnonzero(self.sheet.folds == other) for other in inner]
        said = [self._pairs[frozenset((fold, other))][:, own] for other, own in zip(inner, rows, strict=True)]
        return choose_settings(self.sheet.targets[np.concatenate(rows)], np.concatenate(said, 1), self.sheet.multilabel)

    @cached_property
    def _pairs(self) -> dict[frozenset[int], Float64]:
        """Two folds -> what fits without both say of all clips at every penalty [S, n, K]."""
        beside = ((fold, other) for fold in self.tested for other in self._list_inner(fold))
        pairs = list(dict.fromkeys(map(frozenset, beside)))
        taught, found, start = self.teach([set(pair) for pair in pairs]), [], None
        for penalty in LOGISTIC_PENALTIES:
            fits: Fits = self.model.fit(taught, np.full(len(pairs), penalty), start)
            found.append(self.model.tell(fits, self.model.points))
            start = fits.weights
        return {pair: np.stack([told[number] for told in found]) for number, pair in enumerate(pairs)}

    @cached_property
    def _present(self) -> Int64:
        return np.unique(self.sheet.folds)

    def _list_inner(self, fold: int) -> list[int]:
        """Returns the folds nearest to `fold`, as in a circle; none where no fold would stay for training."""
        present = self._present.tolist()
        at, count = present.index(fold), len(present)
        away = {other: min((place - at) % count, (at - place) % count) for place, other in enumerate(present)}
        others = sorted(set(present) - {fold}, key=lambda other: (away[other], other))
        return sorted(others[:NEAREST]) if len(others) > 1 else []


def _take_middle(sheet: Sheet) -> Choices:
    """Returns the middle penalty, where nothing is there to choose by."""
    middle = len(LOGISTIC_PENALTIES) // 2
    return ((middle, 0.5),) * sheet.targets.shape[1] if sheet.multilabel else ((middle, None),)
