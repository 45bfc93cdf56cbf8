"""What changes with the course of a clip, by least squares: of each pixel, each landmark.

Letters in shapes: T frames; what follows them may have any shape, the same or one that broadcasts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Curve = NDArray[np.float64]
Bool = NDArray[np.bool_]

#: Least share of the frames that must show a place, and of the curve's squares that must be left in those frames.
_SEEN, _LEFT = 0.5, 0.25
_NOTHING = 1e-9  # squares of a curve that does not move


def regress(values: Float, seen: Bool, curve: Curve, drifts: bool = False, farthest: float = np.inf) -> Float:
    """How far values [T, ...] change where the curve [T] goes from 0 to 1: their regression coefficients [...].

    Beside the curve stand a constant and, where slow drift is to be told from it, time. Only frames that show a place
    (`seen`) count there; NaN where fewer than half do, or those hardly tell the curve from what stands beside it. A
    value that is farther than `farthest` from its mean counts as that far.
    """
    weights, told = _weigh(seen, curve, drifts)
    change = (weights * centre(values, seen, farthest)).sum(axis=0)
    return np.where(told, change, np.float32(np.nan)).astype(np.float32)


def fit_ends(values: Float, seen: Bool, curve: Curve) -> tuple[Float, Float]:
    """Values [...] where the curve is 0 and where it is 1, by the same regression without drift."""
    change = regress(values, seen, curve)
    count = np.maximum(seen.sum(axis=0), 1)
    middle = np.where(seen, values, np.float32(0)).sum(axis=0) / count
    passed = np.where(seen, _stand(curve, seen), 0.0).sum(axis=0) / count
    start = (middle - passed * change).astype(np.float32)
    return start, (start + change).astype(np.float32)


def centre(values: Float, seen: Bool, farthest: float = np.inf) -> Float:
    """Values less their mean over the frames that show them, at most `farthest`; 0 in frames that do not."""
    mean = np.where(seen, values, np.float32(0)).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    moved = np.where(seen, values - mean, np.float32(0)).astype(np.float32)
    return moved if np.isinf(farthest) else np.clip(moved, -farthest, farthest)


def take_out(curves: Curve, drifts: bool) -> Curve:
    """Curves [..., T] less their mean, and less what is linear in time where that is drift."""
    curves = curves - curves.mean(axis=-1, keepdims=True)
    if not drifts:
        return curves
    time = np.linspace(-1, 1, curves.shape[-1])
    return np.asarray(curves - (curves * time).sum(axis=-1, keepdims=True) / (time * time).sum() * time)


def _weigh(seen: Bool, curve: Curve, drifts: bool) -> tuple[Float, Bool]:
    """Weights [T, ...] whose product with centred values is the coefficient, and where there is one [...]."""
    left = _level(curve, seen)
    if drifts:
        # Frisch, Waugh and Lovell: what time explains of the curve is taken out, place by place.
        time = _level(np.linspace(-1, 1, len(curve)), seen)
        slope = (left * time).sum(axis=0) / np.maximum((time * time).sum(axis=0), _NOTHING)
        left = left - slope * time
    squares = (left * left).sum(axis=0)
    whole = (take_out(curve, drifts) ** 2).sum()
    told = (seen.sum(axis=0) >= _SEEN * len(seen)) & (squares >= _LEFT * whole) & (whole > _NOTHING)
    return (left / np.maximum(squares, _NOTHING)).astype(np.float32), told


def _level(curve: Curve, seen: Bool) -> Curve:
    """The curve at every place less its mean over the frames that show it; 0 in the others."""
    shown = np.where(seen, _stand(curve, seen), 0.0)
    return np.where(seen, shown - shown.sum(axis=0) / np.maximum(seen.sum(axis=0), 1), 0.0)


def _stand(curve: Curve, seen: Bool) -> Curve:
    """The curve as a column that broadcasts against frames."""
    return curve.reshape(-1, *[1] * (seen.ndim - 1))
