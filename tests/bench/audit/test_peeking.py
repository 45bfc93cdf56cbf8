"""A probe that chooses its penalty on the tested fold is found by what it predicts; ours read no tested label."""

import numpy as np
import pytest

from bench.answer import Findings
from bench.audit.peeking import finds_peeking, reads_tested_labels
from bench.methods.method import Unsuitable
from bench.probes import PROBES
from bench.probes.probe import tell


def answer(exam, choose):
    """Ridge with one of four penalties a fold; `choose` says which, from the truth of the fold and four answers."""
    said, (part,) = np.zeros_like(exam.targets), exam.rounds
    for fold in part.tested:
        tested = part.folds == fold
        clean, signs = exam.kernel.clean, 2.0 * exam.targets[~tested] - 1
        guesses = []
        for penalty in (1e-3, 0.1, 10.0, 1000.0):
            weights = np.linalg.solve(clean[np.ix_(~tested, ~tested)] + penalty * np.eye((~tested).sum()), signs)
            best = (clean[np.ix_(tested, ~tested)] @ weights).argmax(axis=1)
            guesses.append(np.eye(exam.targets.shape[1], dtype=bool)[best])
        said[tested] = guesses[choose(exam.targets[tested], guesses)]
    return Findings(tuple(tell(exam, [said])))


def test_a_penalty_chosen_on_the_tested_fold_is_found():
    by_tested = lambda truth, guesses: int(np.argmax([(one == truth).all(axis=1).mean() for one in guesses]))  # noqa: E731
    assert finds_peeking(lambda exam: answer(exam, by_tested))
    assert not finds_peeking(lambda exam: answer(exam, lambda *_: 2)), "a fixed penalty needs no label"


@pytest.mark.parametrize("probe", PROBES)
def test_no_probe_of_ours_reads_a_tested_label(probe):
    assert not reads_tested_labels(probe)


def test_what_cannot_be_tried_is_no_alarm():
    def refuse(_exam):
        raise Unsuitable("needs a text side")

    assert not finds_peeking(refuse) and not reads_tested_labels("a probe of tomorrow")
