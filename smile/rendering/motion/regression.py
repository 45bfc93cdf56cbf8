"""Measures what changes along the course of a clip, by least squares, for each pixel or landmark.

Letters in shapes: T frames, N views, P planes, X places such as rows and columns of pixels, one axis or more.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from smile.arrays import Bool, Float32, Float64

#: Smallest fraction of frames that must show a place, and of the curve's energy that must remain in these frames.
_SEEN, _LEFT = 0.5, 0.25
_NOTHING = 1e-9  # squared sum of a curve that does not move


def regress(values: Float32, seen: Bool, curve: Float64, drifts: bool = False, farthest: float = np.inf) -> Float32:
    """Returns how far values [T, N, P, X] change while the curve [T] goes from 0 to 1: coefficients [N, P, X].

    The regression also has a constant and, with `drifts`, time. Only frames that show a place (`seen` [T, N, 1, X])
    count. NaN where fewer than half of the frames show a place, or where they hardly distinguish the curve from the
    other terms. A value farther than `farthest` from its mean is moved to this distance.
    """
    count, views, planes, *shape = values.shape
    least = max(_LEFT * float((take_out(curve, drifts) ** 2).sum()), _NOTHING)
    time = np.linspace(-1, 1, count) if drifts else np.zeros(count)
    change = np.full((views, planes, int(np.prod(shape))), np.nan, dtype=np.float32)
    flat = np.ascontiguousarray(values).reshape(count, *change.shape)
    shown = np.ascontiguousarray(np.moveaxis(seen.reshape(count, views, -1), 0, -1))
    _fit(flat, shown, curve, time, least, farthest, change)
    return change.reshape(views, planes, *shape)


def fit_ends(values: Float32, seen: Bool, curve: Float64) -> tuple[Float32, Float32]:
    """Returns values [N, P, X] where the curve is 0 and where it is 1, by the same regression without drift."""
    change = regress(values, seen, curve)
    count = np.maximum(seen.sum(axis=0), 1)
    middle = np.where(seen, values, np.float32(0)).sum(axis=0) / count
    passed = (seen * curve.reshape(-1, *[1] * (seen.ndim - 1))).sum(axis=0) / count
    start = (middle - passed * change).astype(np.float32)
    return start, (start + change).astype(np.float32)


def subtract_mean(values: Float32, seen: Bool, farthest: float) -> Float32:
    """Returns values [T, X] minus their mean over frames that show them, limited to `farthest`; 0 in other frames."""
    mean = np.where(seen, values, np.float32(0)).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return np.where(seen, np.clip(values - mean, -farthest, farthest), np.float32(0)).astype(np.float32)


def take_out(curves: Float64, drifts: bool) -> Float64:
    """Returns curves [..., T] minus their mean and, with `drifts`, minus their linear trend in time."""
    curves = curves - curves.mean(axis=-1, keepdims=True)
    if not drifts:
        return curves
    time = np.linspace(-1, 1, curves.shape[-1])
    return np.asarray(curves - (curves * time).sum(axis=-1, keepdims=True) / (time * time).sum() * time)


@njit(cache=True, nogil=True)
def _fit(values, seen, curve, time, least, farthest, change):  # type: ignore[no-untyped-def]
    """Fills `change` where a coefficient can be computed."""
    frames, views, planes, places = values.shape
    weights = np.empty(frames)
    for view in range(views):
        for place in range(places):
            shown = seen[view, place]
            if shown.sum() < _SEEN * frames:
                continue
            left = _weigh(shown, curve, time, weights)
            if left < least:
                continue
            for plane in range(planes):
                change[view, plane, place] = _add(values[:, view, plane, place], shown, weights, farthest) / left


@njit(cache=True, nogil=True)
def _weigh(shown, curve, time, weights):  # type: ignore[no-untyped-def]
    """Fills `weights` [T] with the curve minus its part explained by constant and time; returns their squared sum.

    The product of `weights` and values, divided by this sum, is the curve's coefficient (Frisch, Waugh and Lovell).
    """
    level, slope, squares = _mean(curve, shown), 0.0, 0.0
    middle, products, times = _mean(time, shown), 0.0, 0.0
    for t in range(len(curve)):
        if shown[t]:
            products += (curve[t] - level) * (time[t] - middle)
            times += (time[t] - middle) ** 2
    if times > 0:
        slope = products / times
    for t in range(len(curve)):
        weights[t] = curve[t] - level - slope * (time[t] - middle) if shown[t] else 0.0
        squares += weights[t] ** 2
    return squares


@njit(cache=True, nogil=True)
def _mean(values, shown):  # type: ignore[no-untyped-def]
    total, count = 0.0, 0
    for t in range(len(values)):
        if shown[t]:
            total += values[t]
            count += 1
    return total / count


@njit(cache=True, nogil=True)
def _add(values, shown, weights, farthest):  # type: ignore[no-untyped-def]
    """Returns the weighted sum of the values minus their mean."""
    mean, total = _mean(values, shown), 0.0
    for t in range(len(values)):
        if shown[t]:
            total += weights[t] * min(max(values[t] - mean, -farthest), farthest)
    return total
