"""Small exams for the tests of probes: subjects who each show every class, and an embedding that knows both."""

import numpy as np

from bench.probes.few_labels import draw_labelled
from bench.probes.kernel import make_kernel, show_otherwise
from bench.probes.probe import Exam, Round
from smile.data.face import EXPRESSIONS, Facts

CLASSES = np.eye(6, dtype=bool)


def make_exam(subjects=12, dimensions=30, noise=2.0, seed=0, labels=None, shown=None, hidden=None, **changes):
    """Each subject shows each expression twice; six folds are tested. `shown` changes tested embeddings."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(6), 2 * subjects) if labels is None else labels
    embeddings = rng.normal(size=(6, dimensions))[np.tile(np.arange(6), 2 * subjects)]
    embeddings = (embeddings + noise * rng.normal(size=embeddings.shape)).astype(np.float32)
    names = [f"S{n:02d}" for n in np.repeat(np.arange(subjects), 12)]
    kernel = make_kernel(embeddings, embeddings[::2])
    if shown is not None:
        rows = np.arange(len(labels))
        kernel = show_otherwise(kernel, shown(embeddings), rows, embeddings, embeddings[::2])
    values = {
        "kernel": kernel,
        "targets": CLASSES[labels],
        "multilabel": False,
        "rounds": (Round(np.repeat(np.arange(subjects) % 6, 12), (0, 1, 2, 3, 4, 5)),),
        "classifier": "ridge",
        "seed": 0,
        "classes": EXPRESSIONS,
        "clips": tuple(
            Facts(f"{name}/{n}", name, (EXPRESSIONS[label],))
            for n, (name, label) in enumerate(zip(names, labels, strict=True))
        ),
        "hidden": hidden,
        "draws": draw_labelled(sorted(set(names))),
    }
    return Exam(**{**values, **changes}), embeddings


def accuracy(findings):
    """Share of right answers of each metric."""
    found = {one.metric: sum(one.right.values()) / sum(one.asked.values()) for one in findings.tallies}
    if findings.answers:
        found["accuracy"] = float(np.mean([one.truth == one.predicted for one in findings.answers]))
    return found
