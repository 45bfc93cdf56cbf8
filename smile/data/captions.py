"""Facial motion in words: the sentences of the arm geometry.

It never sees a label: it puts into words how far the landmarks moved from onset to apex, or how a single scan differs
from the average face, standardised over the pretraining clips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smile.data.face import Float
from smile.data.landmarks import MEASURES, measure_motion
from smile.data.phrases import say
from smile.errors import UserError

#: Least spread of a measure in mm: what hardly moved in any clip must not be blown up.
LEAST_DEVIATION = 1e-6


class NoLandmarks(UserError):
    """A set of clips of which none has landmarks."""


@dataclass(frozen=True)
class Captioner:
    """Average and spread of each measure over the pretraining clips; turns landmarks into sentences.

    Clips and single scans have an average and spread each, since people differ by more than they move.
    """

    scheme: str
    rest: Float  # [L, 3] mm, the average face of the pretraining set: from where single scans are measured
    clips: tuple[NDArray[np.float64], NDArray[np.float64]]  # mean and deviation [M] mm, in the order of MEASURES
    scans: tuple[NDArray[np.float64], NDArray[np.float64]]

    def score(self, landmarks: Float, neutral: Float | None = None) -> NDArray[np.float64]:
        """Standard deviations from the average [N, M] for landmarks [N, 2, L, 3]; NaN where nothing was measured.

        `neutral` [N, L, 3] are the subjects' faces at rest where they are known: single scans are then measured
        from there.
        """
        still = find_scans(landmarks)[:, None]
        values = _measure(landmarks, self.scheme, self.rest if neutral is None else neutral)
        (mean, deviation), (mean_of_scans, deviation_of_scans) = self.clips, self.scans
        return np.where(still, (values - mean_of_scans) / deviation_of_scans, (values - mean) / deviation)

    def describe(self, landmarks: Float, neutral: Float | None = None) -> list[str]:
        """One sentence a clip, as `score` sees it; a clip without landmarks gets the empty sentence."""
        return [say(row) for row in self.score(landmarks, neutral)]


def fit_captioner(landmarks: Float | None, scheme: str | None, neutral: Float | None = None) -> Captioner:
    """Learns the average and spread from the pretraining clips' landmarks [N, 2, L, 3].

    Raises NoLandmarks where no clip has any: the arm geometry cannot speak of what was not measured.
    """
    if landmarks is None or scheme is None or not np.isfinite(landmarks).any():
        raise NoLandmarks(
            "captions of the arms 'geometry' and 'pseudo' need landmarks and this data set has none; "
            "add its landmark package, or choose captions.arm=none"
        )
    rest = _mean(landmarks[:, 0])[0].astype(np.float32)
    still = find_scans(landmarks)
    values = _measure(landmarks, scheme, rest if neutral is None else neutral)
    return Captioner(scheme, rest, _mean(values[~still]), _mean(values[still]))


def find_scans(landmarks: Float) -> NDArray[np.bool_]:
    """Which of [N, 2, L, 3] are single scans [N]: onset and apex are the same, wherever there is a landmark."""
    same = landmarks[:, 0] == landmarks[:, 1]
    missing = np.isnan(landmarks).any(axis=1)
    # All of them: of clips that move, a coordinate or two stay by chance.
    return np.asarray((same | missing).all(axis=(1, 2)) & same.any(axis=(1, 2)))


def _measure(landmarks: Float, scheme: str, rest: Float) -> NDArray[np.float64]:
    """Change of each measure [N, M] in mm from onset to apex; of single scans from the face at `rest`."""
    onsets = np.where(find_scans(landmarks)[:, None, None], rest, landmarks[:, 0])
    motion = measure_motion(np.stack([onsets, landmarks[:, 1]], axis=1), scheme)
    return np.stack([motion[name] for name in MEASURES], axis=1)


def _mean(values: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation over the rows where finite; NaN where none is."""
    finite = np.isfinite(values)
    count = np.where(finite.sum(axis=0) > 0, finite.sum(axis=0), np.nan)
    mean = np.where(finite, values, 0).sum(axis=0, dtype=np.float64) / count
    variance = (np.where(finite, values - mean, 0) ** 2).sum(axis=0) / count
    return mean, np.maximum(np.sqrt(variance), LEAST_DEVIATION)
