"""Scores an encoder by labels of held-out subjects: by all labels, or by few.

Letters in shapes: N held-out clips, K classes.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from bench.probes.few_labels import probe_few_labels
from bench.probes.linear_probe import probe
from bench.statistics.curves import count_points, measure_area, weigh_points
from bench.statistics.metrics import count_confusions, uar
from smile.arrays import Bool
from sweeps.objectives.reading import Held, Reading, Right


def find_recall(held: Held) -> Reading:
    """Returns the unweighted average recall of a linear probe that is cross-validated over the held-out subjects."""
    exam = held.exam
    (guesses,) = probe(exam)
    # Rounded, so that equal recalls give equal numbers even if they were summed in another order.
    counts = count_confusions(exam.targets.argmax(1), guesses.argmax(1), len(exam.classes))
    return Reading(
        round(float(uar(counts)), 6), count_right(held.views.subjects, (exam.targets == guesses).all(axis=1))
    )


def find_area(held: Held) -> Reading:
    """Returns the area under the accuracy over the number of labelled subjects, as the probe few_labels measures it.

    A subject's share is the area of that subject alone, so that the shares say how sure the area is.
    """
    tallies = probe_few_labels(held.exam).tallies
    labelled, subjects = [tally.labelled for tally in tallies], sorted(set(held.views.subjects))
    counts = count_points(tallies, subjects)
    value, weights = measure_area(labelled)(counts.sum(axis=0)), weigh_points(labelled)
    clips, right = Counter(held.views.subjects), dict[str, tuple[float, int]]()
    for name, own in zip(subjects, counts, strict=True):
        asked = own[:, 1] > 0  # a subject who is labelled in every draw is never asked
        share = float(weights[asked] @ (own[asked, 0] / own[asked, 1]) / weights[asked].sum()) if asked.any() else 0.0
        right[name] = round(clips[name] * share, 6), clips[name]
    return Reading(round(float(value), 6), right)


def count_right(subjects: Sequence[str], right: Bool) -> Right:
    """Returns how many clips of each subject were right, of how many."""
    clips, told = Counter(subjects), Counter(itertools.compress(subjects, right))
    return {name: (told[name], clips[name]) for name in sorted(clips)}
