"""Rank pooling: one picture of how pictures evolve, approximate (Bilen et al. 2016) and exact (Fernando et al. 2017).

Letters in shapes: T frames, N cameras, P planes, H and W pixels.
"""

from __future__ import annotations

import numpy as np
from sklearn.svm import SVR

from smile.arrays import Bool, Float32, Float64

#: Of the support vector regression, as Fernando et al. set them.
_COST, _TUBE = 1.0, 0.1


def rank_pool(pictures: Float32, mask: Bool) -> Float32:
    """One picture [N, P, H, W] of how pictures [T, N, P, H, W] evolve; NaN where first or last frame have no face.

    Approximate rank pooling (Bilen et al. 2016, eq. 4): the sum of the frames weighted by 2t - T - 1. Scaled so that a
    steady change from a to b gives b - a, whatever T is; a frame without face at a pixel counts as the pixel's mean.
    """
    pooled = np.tensordot(rank_weights(len(pictures)), _centre(pictures, mask), axes=1)
    return np.where(mask[0] & mask[-1], pooled, np.float32(np.nan)).astype(np.float32)


def rank_weights(count: int) -> Float32:
    """Weights [T] of approximate rank pooling over `count` frames, scaled so that a unit ramp gives one."""
    order = 2.0 * np.arange(1, count + 1) - count - 1
    return (order * 6.0 / (count * (count + 1))).astype(np.float32)


def exact_rank_pool(pictures: Float32, mask: Bool) -> Float32:
    """The same by a machine that learns to tell the time of each view's frames, in the same unit as `rank_pool`.

    A linear support vector regression from the running means of the frames to 1 ... T (Fernando et al. 2017, eq. 5,
    without their maps of features); its direction, as long as the clip moves along it from first to last frame.
    """
    both = (mask[0] & mask[-1])[None]
    centred = np.where(both, _centre(pictures, mask), np.float32(0.0))
    pooled = [_project(view.reshape(len(view), -1)).reshape(view.shape[1:]) for view in centred.swapaxes(0, 1)]
    return np.where(both[0], np.stack(pooled), np.float32(np.nan)).astype(np.float32)


def _centre(pictures: Float32, mask: Bool) -> Float32:
    """The frames without their mean, pixel by pixel; 0 where a frame has no face."""
    seen = np.maximum(mask.sum(axis=0), 1)
    mean = np.where(mask, pictures, np.float32(0.0)).sum(axis=0) / seen
    return np.where(mask, pictures - mean, np.float32(0.0)).astype(np.float32)


def _project(frames: Float32) -> Float64:
    """[D] the pooled picture of frames [T, D]; everything is done on the T x T products of frames."""
    flat = frames.astype(np.float64)
    products = flat @ flat.T
    shares = _learn_time(products)
    length = shares @ products @ shares
    if length <= 0:
        return np.zeros(frames.shape[1])
    along = shares @ products @ rank_weights(len(frames)).astype(np.float64)
    return np.asarray((along / length * shares) @ flat)


def _learn_time(products: Float64) -> Float64:
    """Shares [T] of the frames in the direction along which time is told; zeros where nothing moves."""
    count = len(products)
    running = np.tril(np.ones((count, count))) / np.arange(1, count + 1)[:, None]
    smooth = running @ products @ running.T
    size = np.trace(smooth) / count
    if size <= 1e-12 or count < 2:
        return np.zeros(count)
    machine = SVR(kernel="precomputed", C=_COST, epsilon=_TUBE, tol=1e-6)
    machine.fit(smooth / size, np.arange(1.0, count + 1))
    duals = np.zeros(count)
    duals[machine.support_] = machine.dual_coef_[0]
    return np.asarray(duals @ running)
