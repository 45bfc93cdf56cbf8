"""Fits a logistic probe to features of labelled faces, and saves and loads it as safetensors and JSON.

Letters in shapes: N clips, F features (of all views side by side), K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from smile.arrays import Bool, Float32, Float64, Int64
from smile.atomic import parse_json, replacing, write_json
from smile.data.splits import subject_folds
from smile.errors import BadFile, UserError
from smile.limits import Count, Fraction, read_regular, rebuild, require_regular

#: Inverse penalties to choose from, strongest regularisation first.
COSTS = tuple(10.0 ** np.arange(-4, 1.5, 1.0))
#: Number of subject-independent folds that choose the penalty and measure the accuracy of the probe.
FOLDS = 5
STEPS = 5000  # most iterations of the solver

WEIGHTS, FACTS = "probe.safetensors", "probe.json"
_ARRAYS = ("mean", "deviation", "weights", "offsets")


@dataclass(frozen=True)
class _Facts:
    """Holds what FACTS says of a probe."""

    classes: tuple[str, ...]
    data_set: str  # name to print of the data that the probe was fitted on
    stand_in: str  # the maker of the faces; "" for recordings
    clips: Count
    accuracy: Fraction | None  # right on subjects that were left out of the fit; None with too few subjects


@dataclass(frozen=True)
class LogisticProbe(_Facts):
    """Classifies by the softmax of a linear map of standardised features."""

    mean: Float32  # [F]
    deviation: Float32  # [F]
    weights: Float32  # [K, F]
    offsets: Float32  # [K]

    def predict(self, features: Float32) -> Float32:
        """Returns probabilities [N, K] for features [N, F]; raises UserError where F is not that of the probe."""
        if features.shape[1] != len(self.mean):
            raise UserError(
                f"the probe reads {len(self.mean)} features and the model gives {features.shape[1]}; "
                "fit it anew with --fit NAME=DIR"
            )
        logits = (features - self.mean) / self.deviation @ self.weights.T + self.offsets
        return softmax(logits)


def softmax(logits: NDArray[np.floating]) -> Float32:
    """Returns the softmax of each row, so that each row sums to one."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def fit_probe(
    features: Float32, labels: Sequence[str], subjects: Sequence[str], data_set: str, stand_in: str
) -> LogisticProbe:
    """Fits a probe to features [N, F] and labels [N]; chooses the penalty by accuracy on left-out subjects.

    Raises UserError where there are fewer than two classes.
    """
    classes, truth = np.unique(np.array(labels), return_inverse=True)
    if len(classes) < 2:
        raise UserError(f"{data_set}: a probe needs two classes or more, there is {', '.join(classes) or 'none'}")
    mean, deviation = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    standard = (features - mean) / deviation
    cost, accuracy = _choose(standard, truth, subjects)
    weights, offsets = _fit(standard, truth, cost)
    arrays = (mean, deviation, weights, offsets)
    return LogisticProbe(
        classes=tuple(map(str, classes)),
        **dict(zip(_ARRAYS, (np.array(value, dtype=np.float32, order="C") for value in arrays), strict=True)),
        data_set=data_set,
        stand_in=stand_in,
        clips=len(features),
        accuracy=accuracy,
    )


def save_probe(probe: LogisticProbe, folder: Path) -> None:
    """Writes the two files of the probe, FACTS last: a folder without FACTS holds no probe."""
    with replacing(folder / WEIGHTS) as temporary:
        save_file({name: np.ascontiguousarray(getattr(probe, name)) for name in _ARRAYS}, temporary)
    write_json(folder / FACTS, {name: getattr(probe, name) for name in _Facts.__annotations__})


def load_probe(folder: Path) -> LogisticProbe:
    """Reads what `save_probe` wrote; raises BadFile where a file is missing or damaged, or where shapes do not fit."""
    remedy = "fit it anew with --fit NAME=DIR"
    for file in (folder / FACTS, folder / WEIGHTS):
        if not file.exists():
            raise BadFile(file, "", "is not there, so this is no folder of a probe", remedy)
    try:
        facts = rebuild(_Facts, parse_json(read_regular(folder / FACTS)))
        # Copy, because at the unaligned addresses of a file in memory CPUs round differently.
        require_regular(folder / WEIGHTS)
        arrays = {name: value.copy() for name, value in load_file(folder / WEIGHTS).items()}
        probe = LogisticProbe(**vars(facts), **{name: arrays[name] for name in _ARRAYS})
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise BadFile(folder / FACTS, "", f"is no probe: {error}", remedy) from None
    classes, width = len(probe.classes), len(probe.mean)
    shapes = [getattr(probe, name).shape for name in _ARRAYS]
    if shapes != [(width,), (width,), (classes, width), (classes,)]:
        raise BadFile(folder / WEIGHTS, "", f"shapes {shapes} do not belong to {classes} classes", remedy)
    return probe


def _choose(features: Float32, truth: Int64, subjects: Sequence[str]) -> tuple[float, float | None]:
    """Returns the cost with the best accuracy on left-out subjects, of equals the smallest, and this accuracy."""
    count = min(FOLDS, len(set(subjects)))
    if count < 2:
        return COSTS[len(COSTS) // 2], None
    folds = [np.isin(subjects, fold) for fold in subject_folds(subjects, count, "probe").folds]
    scores = [float(np.mean(_left_out(features, truth, folds, cost) == truth)) for cost in COSTS]
    best = int(np.argmax(scores))
    return COSTS[best], round(scores[best], 6)


def _left_out(features: Float32, truth: Int64, folds: Sequence[Bool], cost: float) -> Int64:
    predicted = np.full_like(truth, -1)
    for tested in folds:
        if len(set(truth[~tested])) > 1:
            weights, offsets = _fit(features[~tested], truth[~tested], cost)
            predicted[tested] = np.unique(truth[~tested])[(features[tested] @ weights.T + offsets).argmax(axis=1)]
    return predicted


def _fit(features: Float32, truth: Int64, cost: float) -> tuple[Float64, Float64]:
    """Returns weights [K, F] and offsets [K] for the classes that occur in `truth`."""
    from sklearn.linear_model import LogisticRegression

    machine = LogisticRegression(C=cost, max_iter=STEPS).fit(features, truth)
    weights, offsets = machine.coef_, machine.intercept_
    if len(weights) == 1:  # for two classes, scikit-learn gives one row, that of the second
        weights, offsets = np.concatenate([-weights, weights]) / 2, np.concatenate([-offsets, offsets]) / 2
    return weights, offsets
