"""Scores an encoder without any label: by captions that held-out faces find, and by how embeddings are spread.

Letters in shapes: N held-out clips, M measures, S penalties.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.probes.ridge import Ridge
from smile.arrays import Bool, Float64, Int64
from smile.errors import UserError
from sweeps.objectives.reading import Held, Reading

#: Vital sign of a training run -> whether it is better when it is higher.
SIGNS = {"effective_rank": True, "uniformity": False, "view_distance": False}


def find_captions(held: Held) -> Reading:
    """Returns how well a held-out face finds its own caption among those of the same person.

    A ridge learns from the other folds to read the measures of the landmarks, which captions are made of, off the
    frozen features. The number is the share of the person's other captions that lie farther from what was read than
    the own one: 1 is perfect, 0.5 is chance. Captions of other people do not count, so it does not help to know who it
    is. Example: of six clips of a person, the own caption is the second nearest: 0.8.
    """
    if held.scores is None:
        raise UserError(
            "the objective 'retrieval' needs landmarks and this data set has none; choose another objective"
        )
    measured = held.scores[:, np.isfinite(held.scores).any(axis=0)]
    rows = np.flatnonzero(np.isfinite(measured).all(axis=1))
    truth, subjects = measured[rows], np.array(held.views.subjects)[rows]
    read = _read_measures(held.kernel.clean[np.ix_(rows, rows)], held.folds[rows], truth)
    farther = np.linalg.norm(read[:, None] - truth[None], axis=-1)  # [N, N]
    own, same = np.diag(farther)[:, None], subjects[:, None] == subjects[None]
    np.fill_diagonal(same, False)
    with_others = same.any(axis=1)
    if not with_others.any():
        raise UserError("the objective 'retrieval' needs people with several clips; choose another objective")
    return _sum_up(subjects[with_others], _find_shares(farther, own, same)[with_others])


def _find_shares(distances: Float64, own: Float64, same: Bool) -> Float64:
    beaten = (same & (distances > own)).sum(axis=1) + 0.5 * (same & (distances == own)).sum(axis=1)
    return np.asarray(beaten / np.maximum(same.sum(axis=1), 1))


def _read_measures(gram: Float64, folds: Int64, truth: Float64) -> Float64:
    """Returns the measures [N, M] of each clip as a ridge reads them that learnt from other folds.

    One penalty serves all: that with the smallest squared error.
    """
    ridge = Ridge(gram)
    found = np.zeros((len(ridge.settings), *truth.shape))
    for fold in np.unique(folds):
        asked = np.flatnonzero(folds == fold)
        taught = truth.copy()
        taught[asked] = 0.0
        found[:, asked] = ridge.score(range(len(ridge.settings)), asked, taught)
    return np.asarray(found[int(((found - truth) ** 2).mean(axis=(1, 2)).argmin())])


def _sum_up(subjects: np.ndarray[tuple[int, ...], np.dtype[np.str_]], shares: Float64) -> Reading:
    right = {}
    for name in sorted(set(subjects.tolist())):
        own = shares[subjects == name]
        right[name] = round(float(own.sum()), 6), len(own)
    return Reading(round(float(shares.mean()), 6), right)


def watch_vital(name: str) -> Callable[[Held], Reading]:
    """Returns the objective that is a vital sign of the held-out faces' embeddings, turned so that more is better.

    `smile.training.vitals` says what each is.
    """

    def measure(held: Held) -> Reading:
        import torch

        from smile.training.vitals import measure_vitals

        codes = held.codes
        found = measure_vitals(torch.from_numpy(codes.view_embeddings), torch.from_numpy(codes.face_embedding))
        value = found.get(f"vitals/{name}", float("nan"))
        return Reading(round(value if SIGNS[name] else -value, 6))

    return measure
