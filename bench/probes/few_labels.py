"""Measures how many labelled subjects an encoder needs: a ridge taught by 1, 2, 5, 10, 20 or all labelled subjects.

Each draw orders the subjects anew by a hash of their names, and the first k of the order are labelled. So draws are
frozen, equal for all methods, and the labelled subjects of a small k are among those of a larger one. Everybody else is
tested. The penalty is chosen by leaving out one labelled subject after the other; a single one leaves nothing to
choose, and the middle penalty is taken. Letters in shapes: n labelled clips, M tested clips, K classes, S settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.answer import Answer, Findings, SubjectTally
from bench.audit.overlap import refuse_leak
from bench.probes.linear_probe import guess_uniformly, probe
from bench.probes.nested import Learner, choose_middle, choose_settings, name_classes
from bench.probes.probe import Exam, tell, tested_rows
from bench.probes.ridge import Ridge
from bench.probes.svm import Machines
from smile.arrays import Bool, Float64, Int64
from smile.data.splits import order_subjects

#: Numbers of labelled subjects; those above half of the subjects are left out, so that enough subjects are tested.
COUNTS = (1, 2, 5, 10, 20)
DRAWS = 30
VERSION = 1


def draw_labelled(subjects: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Returns DRAWS orders of the subjects; the first k of an order are those whose labels are known."""
    return tuple(order_subjects(subjects, "few_labels", VERSION, number) for number in range(DRAWS))


def probe_few_labels(exam: Exam) -> Findings:
    """Returns one tally for each number of labelled subjects, and at last that of the linear probe, taught by all."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        tallies = [_count(exam, count) for count in COUNTS if 2 * count <= len(exam.draws[0])]
        everyone = tuple(tell(exam, probe(exam)))
    return Findings(tallies=(*tallies, _sum_up("accuracy@all", _count_teachers(exam), _mark(everyone))))


def _count(exam: Exam, count: int) -> SubjectTally:
    marks = (mark for number in range(len(exam.draws)) for mark in _test(exam, number, count))
    return _sum_up(f"accuracy@{count}", count, marks)


def _test(exam: Exam, number: int, count: int) -> Iterator[tuple[str, float, float]]:
    """Yields (subject, right, 1) for every clip that draw `number` tests."""
    labelled, subjects = exam.draws[number][:count], np.array([clip.subject for clip in exam.clips])
    rows = np.flatnonzero(np.isin(subjects, labelled))
    asked = _find_asked(exam, subjects, labelled)
    refuse_leak(subjects[asked].tolist(), subjects[rows].tolist(), "the labelled subjects")
    if exam.classifier == "uniform":
        said = guess_uniformly(np.random.default_rng((exam.seed, number, count)), len(asked), exam)
    else:
        said = teach(
            exam, rows, np.searchsorted(sorted(labelled), subjects[rows]), exam.kernel.shown[np.ix_(asked, rows)]
        )
    right = (said == exam.targets[asked]).all(1)
    yield from ((str(name), float(hit), 1.0) for name, hit in zip(subjects[asked], right, strict=True))


def _find_asked(exam: Exam, subjects: NDArray[np.str_], labelled: Sequence[str]) -> Int64:
    asked = tested_rows(exam)
    return asked[~np.isin(subjects[asked], labelled)]


def teach(exam: Exam, rows: Int64, groups: Int64, products: Float64) -> Bool:
    """Returns the classes [M, K] of clips with inner products `products` [M, n], taught by the clips in `rows` [n].

    `groups` [n] says which labelled subject each of these clips belongs to.
    """
    model, targets = _learner(exam, rows), exam.targets[rows]
    names = np.unique(groups)
    if len(names) > 1:
        choices = choose_settings(*_leave_each_out(model, targets, groups, names[: model.inner]), exam.multilabel)
    else:
        choices = choose_middle(model, targets.shape[1], exam.multilabel)
    settings = sorted({setting for setting, _ in choices})
    scores = model.ask(settings, np.array([], dtype=np.int64), targets.astype(np.float64), products)
    return name_classes(dict(zip(settings, scores, strict=True)), choices)


def _learner(exam: Exam, rows: Int64) -> Learner:
    gram = exam.kernel.clean[np.ix_(rows, rows)]
    return Machines(gram, exam.multilabel) if exam.classifier == "svm" else Ridge(gram)


def _leave_each_out(model: Learner, targets: Bool, groups: Int64, names: Int64) -> tuple[Bool, Float64]:
    """Returns truth [m, K] and scores [S, m, K] of the clips of these subjects, each from a fit without its subject."""
    truth, said = [], []
    for name in names:
        rows = np.flatnonzero(groups == name)
        others = targets.astype(np.float64)
        others[rows] = 0.0  # no label of a left-out clip may be used
        truth.append(targets[rows])
        said.append(model.score(range(len(model.settings)), rows, others))
    return np.concatenate(truth), np.concatenate(said, axis=1)


def _count_teachers(exam: Exam) -> int:
    """Returns how many subjects teach the linear probe: all but those of the largest fold."""
    part = exam.rounds[0]
    sizes = [len({clip.subject for clip, own in zip(exam.clips, part.folds, strict=True) if own == fold})
             for fold in np.unique(part.folds[part.folds >= 0])]  # fmt: skip
    return sum(sizes) - max(sizes)


def _mark(answers: Iterable[Answer]) -> Iterator[tuple[str, float, float]]:
    return ((one.subject, one.times * float(one.predicted == one.truth), float(one.times)) for one in answers)


def _sum_up(metric: str, labelled: int, marks: Iterable[tuple[str, float, float]]) -> SubjectTally:
    right: dict[str, float] = {}
    asked: dict[str, float] = {}
    for subject, hits, times in marks:
        right[subject] = right.get(subject, 0.0) + hits
        asked[subject] = asked.get(subject, 0.0) + times
    return SubjectTally(metric, labelled, dict(sorted(right.items())), dict(sorted(asked.items())))
