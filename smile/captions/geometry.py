"""Writes the sentences of the arm geometry: says in words how the landmarks of a face moved.

The arm never sees a label. For a clip, it measures how far landmarks moved from onset to apex; for a single scan, how
the face differs from its subject's average face. It standardises each measure over the pretraining clips.
Letters in shapes: N clips, L landmarks, M measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smile.arrays import Bool, Float32, Float64
from smile.captions.phrases import say
from smile.data.landmarks import MEASURES, measure_motion
from smile.errors import UserError

#: Least standard deviation of a measure in mm, so that division does not enlarge a measure that hardly moved anywhere.
LEAST_DEVIATION = 1e-6
#: Least number of single scans that give a subject an average face; with fewer, a scan is compared with itself.
LEAST_SCANS = 5


class NoLandmarks(UserError):
    """Reports that no clip has landmarks."""


@dataclass(frozen=True)
class Captioner:
    """Holds mean and deviation of each measure over the pretraining clips, and turns landmarks into sentences.

    Clips and single scans have their own mean and deviation, because a distance from an average face is no movement.
    """

    scheme: str  # the landmark scheme
    rest: Float32  # [L, 3] mm, average face of the pretraining set: the reference for subjects with few scans
    clips: tuple[Float64, Float64]  # mean and deviation [M] mm over clips, in the order of MEASURES
    scans: tuple[Float64, Float64]  # the same over single scans

    def score(self, landmarks: Float32, subjects: Sequence[str]) -> Float64:
        """Returns [N, M], each measure in standard deviations from its mean; NaN where it could not be measured.

        `landmarks` [N, 2, L, 3] are those at onset and apex. Example: 1.5 for "mouth opening" means that the mouth
        opened by 1.5 deviations more than in the average clip.
        """
        still = find_scans(landmarks)[:, None]
        values = _measure(landmarks, self.scheme, _find_rest(landmarks, subjects, self.rest))
        (mean, deviation), (mean_of_scans, deviation_of_scans) = self.clips, self.scans
        return np.where(still, (values - mean_of_scans) / deviation_of_scans, (values - mean) / deviation)

    def describe(self, landmarks: Float32, subjects: Sequence[str]) -> list[str]:
        """Returns one sentence per clip from its scores; an empty sentence for a clip without landmarks."""
        return [say(row) for row in self.score(landmarks, subjects)]


def fit_captioner(landmarks: Float32 | None, scheme: str | None, subjects: Sequence[str]) -> Captioner:
    """Fits means and deviations to the landmarks [N, 2, L, 3] of the pretraining clips and their subjects [N].

    Raises NoLandmarks where no clip has landmarks.
    """
    if landmarks is None or scheme is None or not np.isfinite(landmarks).any():
        raise NoLandmarks(
            "captions of the arms 'geometry' and 'pseudo' need landmarks and this data set has none; "
            "add its landmark package, or choose captions.arm=none"
        )
    rest = _mean(landmarks[:, 0])[0].astype(np.float32)
    still = find_scans(landmarks)
    values = _measure(landmarks, scheme, _find_rest(landmarks, subjects, rest))
    return Captioner(scheme, rest, _mean(values[~still]), _mean(values[still]))


def find_scans(landmarks: Float32) -> Bool:
    """Returns [N], true for single scans: all landmarks that exist are the same at onset and at apex."""
    same = landmarks[:, 0] == landmarks[:, 1]
    missing = np.isnan(landmarks).any(axis=1)
    # All coordinates must be the same: in a clip that moves, one or two may stay the same by chance.
    return np.asarray((same | missing).all(axis=(1, 2)) & same.any(axis=(1, 2)))


def _find_rest(landmarks: Float32, subjects: Sequence[str], everyone: Float32) -> Float32:
    """Returns the reference face [N, L, 3] of each scan: its subject's average face, or else `everyone` [L, 3].

    The reference is per subject, because people differ by more than they move. It is an average, because a neutral
    scan cannot be found without labels. A landmark that fewer than LEAST_SCANS of the subject's scans have, comes
    from `everyone`.
    """
    owners, still = np.array(subjects), find_scans(landmarks)
    rest = np.broadcast_to(everyone, landmarks[:, 0].shape).copy()
    for subject in sorted(set(owners[still].tolist())):
        own = still & (owners == subject)
        enough = (np.isfinite(landmarks[own, 0]).sum(axis=0) >= LEAST_SCANS).all(axis=-1, keepdims=True)
        rest[own] = np.where(enough, _mean(landmarks[own, 0])[0], everyone)
    return rest


def _measure(landmarks: Float32, scheme: str, rest: Float32) -> Float64:
    """Returns [N, M] in mm: the change of each measure from onset to apex; for single scans, from `rest` [N, L, 3]."""
    onsets = np.where(find_scans(landmarks)[:, None, None], rest, landmarks[:, 0])
    motion = measure_motion(np.stack([onsets, landmarks[:, 1]], axis=1), scheme)
    return np.stack([motion[name] for name in MEASURES], axis=1)


def _mean(values: NDArray[np.floating]) -> tuple[Float64, Float64]:
    """Returns mean and standard deviation of the finite values of each column; NaN where a column has none."""
    finite = np.isfinite(values)
    count = np.where(finite.sum(axis=0) > 0, finite.sum(axis=0), np.nan)
    mean = np.where(finite, values, 0).sum(axis=0, dtype=np.float64) / count
    variance = (np.where(finite, values - mean, 0) ** 2).sum(axis=0) / count
    return mean, np.maximum(np.sqrt(variance), LEAST_DEVIATION)
