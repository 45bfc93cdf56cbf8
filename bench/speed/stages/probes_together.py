"""Times three probes on five data sets of the size of the released ones, a thousand folds each."""

from __future__ import annotations

import time

import numpy as np

from bench.probes import PROBES
from bench.probes.kernel import make_kernel
from bench.probes.probe import Exam, Round
from bench.speed.peers.plain_probe import predict_logistically_plainly, predict_plainly
from bench.speed.row import SpeedRow
from smile.arrays import Bool, Float64
from smile.data.face import EXPRESSIONS, Facts
from smile.progress import Reporter

#: Subjects and clips of each: a round of BU-3DFE's P1, Bosphorus, BU-4DFE, BP4D, and 4DME in about.
SETS = ((60, 12), (65, 6), (101, 6), (41, 8), (41, 6))
#: Three views of the small tower side by side; rounds of ten folds; what is timed; seconds that were hoped for.
WIDTH, COUNT, FOLDS, WANTED = 384, 100, 10, 60.0
TIMED = ("linear_probe", "logistic_probe", "nearest")


def time_together(reporter: Reporter) -> SpeedRow:
    """Returns the row: how often all could be done in the time that was hoped for; its note has the seconds of each."""
    seconds = dict.fromkeys(TIMED, 0.0)
    for number, (subjects, clips) in enumerate(SETS):
        exam, _ = draw_exam(subjects, clips, WIDTH, COUNT)
        for probe in TIMED:
            start = time.perf_counter()
            PROBES[probe].measure(exam)
            seconds[probe] += time.perf_counter() - start
        reporter("Timing probes together", number + 1, len(SETS))
    each = ", ".join(f"{PROBES[name].title} {spent:.0f} s" for name, spent in seconds.items())
    return SpeedRow(
        stage="probes",
        case=f"{len(SETS)} data sets x {len(TIMED)} probes x {COUNT * FOLDS:,} folds",
        ours=WANTED / sum(seconds.values()),
        peer=1.0,
        peer_name=f"within {WANTED:.0f} s",
        unit="times",
        equal=agree_plainly(),
        note=f"width {WIDTH}, {sum(a * b for a, b in SETS)} clips; {each}; one thread",
    )


def draw_exam(subjects: int, clips: int, width: int, count: int) -> tuple[Exam, Float64]:
    """Returns an exam of this size with `count` rounds that deal subjects anew, and its standardised features."""
    rng, labels = np.random.default_rng(subjects), np.tile(np.arange(clips) % len(EXPRESSIONS), subjects)
    centres = rng.normal(size=(len(EXPRESSIONS), width)) * 2 / width**0.25
    drawn = (centres[labels] + rng.normal(size=(len(labels), width)) * 4.5).astype(np.float32)
    dealt = [np.repeat(rng.permutation(np.arange(subjects) % FOLDS), clips) for _ in range(count)]
    exam = Exam(
        kernel=make_kernel(drawn, drawn),
        targets=np.eye(len(EXPRESSIONS), dtype=bool)[labels],
        multilabel=False,
        rounds=tuple(Round(folds, tuple(range(FOLDS))) for folds in dealt),
        classifier="ridge",
        seed=0,
        classes=EXPRESSIONS,
        clips=tuple(
            Facts(f"S{row // clips}/{row % clips}", f"S{row // clips}", (EXPRESSIONS[label],))
            for row, label in enumerate(labels.tolist())
        ),
    )
    return exam, (drawn - drawn.mean(0)) / drawn.std(0)


def agree_plainly() -> bool:
    """Returns whether the three probes say on a small exam what scikit-learn says in loops."""
    from sklearn.neighbors import KNeighborsClassifier

    from bench.probes.nested import Sheet

    exam, features = draw_exam(20, 6, 32, 1)
    sheet = Sheet(exam.targets, exam.rounds[0].folds, exam.rounds[0].tested, multilabel=False)
    nearest, truth = np.zeros_like(exam.targets), exam.targets.argmax(1)
    for fold in sheet.tested:
        own = sheet.folds == fold
        model = KNeighborsClassifier(1, metric="cosine").fit(features[~own], truth[~own])
        nearest[np.flatnonzero(own), model.predict(features[own])] = True
    plain = (predict_plainly(features, sheet), predict_logistically_plainly(features, sheet), nearest)
    return all(_says(exam, probe, said) for probe, said in zip(TIMED, plain, strict=True))


def _says(exam: Exam, probe: str, said: Bool) -> bool:
    told = {one.clip: one.predicted[0] for one in PROBES[probe].measure(exam).answers}
    return [told[clip.id] for clip in exam.clips] == [EXPRESSIONS[number] for number in said.argmax(1)]
