"""Computes rank pooling, an image of how a clip evolves: approximate (Bilen et al. 2016), exact (Fernando et al. 2017).

Letters in shapes: T frames, N cameras, P planes, H and W pixels.
"""

from __future__ import annotations

import numpy as np

from smile.arrays import Bool, Float32, Float64

#: Cost and width of the tube of the support vector regression, as in Fernando et al.
_COST, _TUBE = 1.0, 0.1


def rank_pool(pictures: Float32, mask: Bool) -> Float32:
    """Returns one image [N, P, H, W] of how images [T, N, P, H, W] evolve; NaN if the first or last shows no face.

    Approximate rank pooling (Bilen et al. 2016, eq. 4): the sum of the frames weighted by 2t - T - 1, scaled so that a
    steady change from a to b gives b - a for every T. A frame without face at a pixel counts as the pixel's mean.
    """
    pooled = np.tensordot(rank_weights(len(pictures)), _centre(pictures, mask), axes=1)
    return np.where(mask[0] & mask[-1], pooled, np.float32(np.nan)).astype(np.float32)


def rank_weights(count: int) -> Float32:
    """Returns weights [T] of approximate rank pooling over `count` frames, scaled so that a unit ramp gives one."""
    order = 2.0 * np.arange(1, count + 1) - count - 1
    return (order * 6.0 / (count * (count + 1))).astype(np.float32)


def exact_rank_pool(pictures: Float32, mask: Bool) -> Float32:
    """Computes exact rank pooling in the unit of `rank_pool`: a regression learns the time of each view's frames.

    A linear support vector regression maps running means of the frames to 1 ... T (Fernando et al. 2017, eq. 5, without
    their feature maps). The result is its direction, scaled by the clip's motion along it from first to last frame.
    """
    both = (mask[0] & mask[-1])[None]
    centred = np.where(both, _centre(pictures, mask), np.float32(0.0))
    pooled = [_project(view.reshape(len(view), -1)).reshape(view.shape[1:]) for view in centred.swapaxes(0, 1)]
    return np.where(both[0], np.stack(pooled), np.float32(np.nan)).astype(np.float32)


def _centre(pictures: Float32, mask: Bool) -> Float32:
    """Returns the frames minus their mean, pixel by pixel; 0 where a frame shows no face."""
    seen = np.maximum(mask.sum(axis=0), 1)
    mean = np.where(mask, pictures, np.float32(0.0)).sum(axis=0) / seen
    return np.where(mask, pictures - mean, np.float32(0.0)).astype(np.float32)


def _project(frames: Float32) -> Float64:
    """Returns the pooled image [D] of frames [T, D]; computes with the T x T products of frames only."""
    flat = frames.astype(np.float64)
    products = flat @ flat.T
    shares = _learn_time(products)
    length = shares @ products @ shares
    if length <= 0:
        return np.zeros(frames.shape[1])
    along = shares @ products @ rank_weights(len(frames)).astype(np.float64)
    return np.asarray((along / length * shares) @ flat)


def _learn_time(products: Float64) -> Float64:
    """Returns the weights [T] of the frames in the direction that predicts time; zeros if nothing moves."""
    from sklearn.svm import SVR  # takes seconds to import, also where no clip is drawn

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
