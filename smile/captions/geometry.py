"""Facial motion in words: the sentences of the arm geometry.

It never sees a label: it puts into words how far the landmarks moved from onset to apex, or how a single scan differs
from its subject's average face, standardised over the pretraining clips.
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

#: Least spread of a measure in mm: what hardly moved in any clip must not be blown up.
LEAST_DEVIATION = 1e-6
#: Single scans of a subject from which its average face is taken: fewer would be measured from themselves.
LEAST_SCANS = 5


class NoLandmarks(UserError):
    """A set of clips of which none has landmarks."""


@dataclass(frozen=True)
class Captioner:
    """Average and spread of each measure over the pretraining clips; turns landmarks into sentences.

    Clips and single scans have an average and spread each: how far a face is from its average is no movement.
    """

    scheme: str
    rest: Float32  # [L, 3] mm, the average face of the pretraining set: from where subjects of few scans are measured
    clips: tuple[Float64, Float64]  # mean and deviation [M] mm, in the order of MEASURES
    scans: tuple[Float64, Float64]

    def score(self, landmarks: Float32, subjects: Sequence[str]) -> Float64:
        """Standard deviations from the average [N, M] for landmarks [N, 2, L, 3]; NaN where nothing was measured."""
        still = find_scans(landmarks)[:, None]
        values = _measure(landmarks, self.scheme, _find_rest(landmarks, subjects, self.rest))
        (mean, deviation), (mean_of_scans, deviation_of_scans) = self.clips, self.scans
        return np.where(still, (values - mean_of_scans) / deviation_of_scans, (values - mean) / deviation)

    def describe(self, landmarks: Float32, subjects: Sequence[str]) -> list[str]:
        """One sentence a clip, as `score` sees it; a clip without landmarks gets the empty sentence."""
        return [say(row) for row in self.score(landmarks, subjects)]


def fit_captioner(landmarks: Float32 | None, scheme: str | None, subjects: Sequence[str]) -> Captioner:
    """Learns the average and spread from the pretraining clips' landmarks [N, 2, L, 3] and whose they are [N].

    Raises NoLandmarks where no clip has any: the arm geometry cannot speak of what was not measured.
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
    """Which of [N, 2, L, 3] are single scans [N]: onset and apex are the same, wherever there is a landmark."""
    same = landmarks[:, 0] == landmarks[:, 1]
    missing = np.isnan(landmarks).any(axis=1)
    # All of them: of clips that move, a coordinate or two stay by chance.
    return np.asarray((same | missing).all(axis=(1, 2)) & same.any(axis=(1, 2)))


def _find_rest(landmarks: Float32, subjects: Sequence[str], everyone: Float32) -> Float32:
    """[N, L, 3] from where each scan is measured: the average of its subject's scans, or of `everyone` [L, 3].

    People differ by more than they move, and the neutral scan of a subject is not known without its label. Of
    landmarks that few of its scans have, a subject's average is no better than everyone's.
    """
    owners, still = np.array(subjects), find_scans(landmarks)
    rest = np.broadcast_to(everyone, landmarks[:, 0].shape).copy()
    for subject in sorted(set(owners[still].tolist())):
        own = still & (owners == subject)
        enough = (np.isfinite(landmarks[own, 0]).sum(axis=0) >= LEAST_SCANS).all(axis=-1, keepdims=True)
        rest[own] = np.where(enough, _mean(landmarks[own, 0])[0], everyone)
    return rest


def _measure(landmarks: Float32, scheme: str, rest: Float32) -> Float64:
    """Change of each measure [N, M] in mm from onset to apex; of single scans from the faces at `rest` [N, L, 3]."""
    onsets = np.where(find_scans(landmarks)[:, None, None], rest, landmarks[:, 0])
    motion = measure_motion(np.stack([onsets, landmarks[:, 1]], axis=1), scheme)
    return np.stack([motion[name] for name in MEASURES], axis=1)


def _mean(values: NDArray[np.floating]) -> tuple[Float64, Float64]:
    """Mean and standard deviation over the rows where finite; NaN where none is."""
    finite = np.isfinite(values)
    count = np.where(finite.sum(axis=0) > 0, finite.sum(axis=0), np.nan)
    mean = np.where(finite, values, 0).sum(axis=0, dtype=np.float64) / count
    variance = (np.where(finite, values - mean, 0) ** 2).sum(axis=0) / count
    return mean, np.maximum(np.sqrt(variance), LEAST_DEVIATION)
