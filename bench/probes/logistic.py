"""Fits many L2-penalised logistic regressions at once, e.g. one for each left-out fold: the optimum of scikit-learn.

All fits share the clips and differ in which of them teach, so that one matrix product serves all. Each is found by
Newton's method (Nocedal & Wright 2006, chapter 7.1): conjugate gradients solve every step in single precision, which is
enough for a direction, and slopes in double precision decide where to stop. The intercept is free.
Letters in shapes: n clips, m further clips, K classes, B fits, R rank of the inner products, with one for the intercept
in R1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from smile.arrays import Bool, Float32, Float64

#: Numbers of one precision.
Numbers = TypeVar("Numbers", Float64, Float32)
#: A fit ends where Newton's decrement is below this: probabilities are as close to those of the optimum, or closer.
ENOUGH = 1e-6
#: Most steps, most conjugate gradients in one, and the share of a slope that these leave; most halvings of a
#: step.
STEPS, INNER_STEPS, LEFT, HALVINGS = 50, 200, 0.03, 30
#: Least share of the largest eigenvalue of inner products that counts as a dimension.
RANK = 1e-11
#: Fits that are moved together: what they read of the clips stays in a core's cache.
TOGETHER = 24
#: Stands for the score of a class that no clip of a fit shows.
NEVER = -1e30


@dataclass(frozen=True)
class Fits:
    """Holds the weights of B fits, and which of their classes some clips that teach show, and some do not."""

    weights: Float64  # [R1, K, B], the intercept last
    sure: Float64  # [K, B] the probability of a class that all clips of a fit show, or none; NaN for others


class Logistic:
    """Fits one set of clips by softmax, or by one sigmoid a class where clips show several."""

    def __init__(self, gram: Float64, targets: Bool, multilabel: bool) -> None:
        """Takes inner products [n, n] of the clips, which need not be centred, and their classes [n, K]."""
        self._means, self._mean = gram.mean(0), float(gram.mean())
        centred = gram - self._means - self._means[:, None] + self._mean
        values, vectors = np.linalg.eigh((centred + centred.T) / 2)
        kept = values > max(RANK * values[-1], 1e-300)
        self._lengths, self._vectors = values[kept], vectors[:, kept]
        #: Clips as points [n, R1] of a space that has these inner products; the last dimension is the intercept's.
        self.points = _add_one(self._vectors * np.sqrt(self._lengths))
        self._single: Float32 = self.points.astype(np.float32)
        self._targets, self._multilabel = targets.astype(np.float64), multilabel

    def place(self, products: Float64) -> Float64:
        """Returns the points [m, R1] of clips with these inner products [m, n] with the clips."""
        centred = products - products.mean(1, keepdims=True) - self._means + self._mean
        return _add_one(centred @ self._vectors / np.sqrt(self._lengths))

    def tell(self, fits: Fits, points: Float64) -> Float64:
        """Returns probabilities [B, m, K] of clips as points [m, R1]."""
        scores = _score(points, fits.weights)
        if self._multilabel:
            found = np.where(np.isnan(fits.sure), _squash(scores), fits.sure)
        else:
            found = _share(np.where(np.isnan(fits.sure), scores, NEVER))
        return np.ascontiguousarray(found.transpose(2, 0, 1))

    def fit(self, taught: Bool, penalties: Float64, start: Float64 | None = None) -> Fits:
        """Returns the fits on the clips that `taught` [n, B] marks, at penalties [B]; `start` [R1, K, B] is a guess.

        The penalty is that of half the squared length of the weights, the loss is summed over clips: scikit-learn's C
        is its inverse. Raises FloatingPointError where no optimum is found.
        """
        if taught.shape[1] > TOGETHER:
            parts = [slice(at, at + TOGETHER) for at in range(0, taught.shape[1], TOGETHER)]
            fits = [self.fit(taught[:, p], penalties[p], None if start is None else start[..., p]) for p in parts]
            return Fits(*(np.concatenate([getattr(one, of) for one in fits], -1) for of in ("weights", "sure")))
        batch = self._collect(taught, penalties)
        shape = (*self.points.shape[1:], *batch.free.shape)
        found = np.zeros(shape) if start is None else start * batch.free
        left, here = np.arange(shape[2]), batch.measure(found)
        for _ in range(STEPS):
            found[:, :, left] = here.weights
            far = np.sqrt(batch.fall(here)) > ENOUGH
            if not far.any():
                return Fits(found, self._know(taught))
            left, batch, here = left[far], batch.keep(far), here.keep(far)
            here = batch.walk(here, batch.solve(here))
        raise FloatingPointError(f"{len(left)} logistic fits found no optimum in {STEPS} steps")

    def _collect(self, taught: Bool, penalties: Float64) -> _Batch:
        return _Batch(
            self.points,
            self._single,
            self._lengths,
            self._targets,
            self._multilabel,
            taught.astype(np.float64),
            np.asarray(penalties, dtype=np.float64),
            np.isnan(self._know(taught)),
        )

    def _know(self, taught: Bool) -> Float64:
        seen = self._targets.T @ taught
        every = seen == taught.sum(0) if self._multilabel else np.zeros_like(seen, dtype=np.bool_)
        return np.where(seen == 0, 0.0, np.where(every, 1.0, np.nan))


@dataclass(frozen=True)
class _Place:
    """Holds weights of a batch, and what they give."""

    weights: Float64  # [R1, K, B]
    losses: Float64  # [B]
    slopes: Float64  # [R1, K, B]
    told: Float64  # [n, K, B] probabilities

    def keep(self, which: Bool) -> _Place:
        """Returns those of some fits."""
        return _Place(*(getattr(self, name)[..., which] for name in ("weights", "losses", "slopes", "told")))


@dataclass(frozen=True)
class _Batch:
    """Holds fits that are moved together; a class that is not free has no weights in a fit."""

    points: Float64  # [n, R1]
    single: Float32  # [n, R1] the same
    lengths: Float64  # [R] squared, of the dimensions of points over all clips
    targets: Float64  # [n, K]
    multilabel: bool
    taught: Float64  # [n, B] ones, and zeros for clips that do not teach
    penalties: Float64  # [B]
    free: Bool  # [K, B]

    def keep(self, which: Bool) -> _Batch:
        """Returns these fits alone."""
        own = {name: getattr(self, name)[..., which] for name in ("taught", "penalties", "free")}
        return self if which.all() else replace(self, **own)

    def measure(self, weights: Float64) -> _Place:
        """Returns losses, slopes and probabilities at these weights [R1, K, B]."""
        scores = _score(self.points, weights)
        if not self.multilabel:
            scores = np.where(self.free, scores, NEVER)
        right = np.einsum("nkb,nk->nb" if not self.multilabel else "nkb,nk->nkb", scores, self.targets)
        if self.multilabel:
            told = _squash(scores)
            missed = ((np.logaddexp(0, scores) - right) * self.free).sum(1)
        else:
            top = scores.max(1)
            powers = np.exp(scores - top[:, None])
            sums = powers.sum(1)
            told = powers / sums[:, None]
            missed = np.log(sums) + top - right
        errors = (told - self.targets[:, :, None]) * self.taught[:, None] * self.free
        penalty = self._penalise(weights)
        losses = (missed * self.taught).sum(0) + (penalty * weights).sum((0, 1)) / 2
        return _Place(weights, losses, _project(self.points, errors) + penalty, told)

    def solve(self, here: _Place) -> Float64:
        """Returns Newton's step [R1, K, B], by conjugate gradients in single precision."""
        told = here.told.astype(np.float32)
        weight = told * (self.taught[:, None] * self.free).astype(np.float32)
        other = 1 - told if self.multilabel else told
        scale = self._scale(told)
        step, rest = np.zeros(here.slopes.shape, dtype=np.float32), -here.slopes.astype(np.float32)
        direction = scale * rest
        size = (rest * direction).sum((0, 1))
        enough = LEFT**2 * size
        for _ in range(INNER_STEPS):
            bent = self._bend(direction, weight, other)
            curved = (direction * bent).sum((0, 1))
            moving = (size > enough) & (curved > 0)
            if not moving.any():
                break
            length = np.where(moving, size / np.where(moving, curved, 1), 0).astype(np.float32)
            step += length * direction
            rest -= length * bent
            scaled = scale * rest
            before, size = size, np.where(moving, (rest * scaled).sum((0, 1)), size)
            direction = scaled + np.where(moving, size / np.where(moving, before, 1), 0).astype(np.float32) * direction
        return step.astype(np.float64)

    def fall(self, here: _Place) -> Float64:
        """Returns about twice what each loss may still fall [B]: the square of Newton's decrement."""
        return np.asarray((np.square(here.slopes) * self._scale(here.told)).sum((0, 1)))

    def walk(self, here: _Place, step: Float64) -> _Place:
        """Returns the place after a step, which is halved where it does not lead down (Armijo)."""
        length, falls = np.ones(step.shape[2]), (here.slopes * step).sum((0, 1))
        for _ in range(HALVINGS):
            there = self.measure(here.weights + length * step)
            high = there.losses > here.losses + 1e-4 * length * falls + 1e-12 * (1 + np.abs(here.losses))
            if not high.any():
                break
            length[high] /= 2
        return there

    def _bend(self, direction: Float32, weight: Float32, other: Float32) -> Float32:
        """Returns the second derivative along a direction [R1, K, B]; `weight` and `other` [n, K, B] as in `solve`."""
        along = _score(self.single, direction)
        turned = other * along
        bent: Float32 = weight * (turned if self.multilabel else along - turned.sum(1, keepdims=True))
        return _project(self.single, bent) + self._penalise(direction)

    def _scale(self, told: Numbers) -> Float32:
        """Returns about the inverse of each second derivative [R1, K, B]: clips are alike in how sure they are."""
        spread = (told * (1 - told) * self.taught[:, None]).sum(0) / self.taught.sum(0)
        spread = np.maximum(spread, 1e-3)
        share = self.taught.mean(0)
        found = np.append(self.lengths, len(self.points))[:, None, None] * share * spread
        found[:-1] += self.penalties
        scale: Float32 = (self.free / found).astype(np.float32)
        return scale

    def _penalise(self, weights: Numbers) -> Numbers:
        found: Numbers = weights * self.penalties.astype(weights.dtype)
        found[-1] = 0
        return found


def _score(points: Numbers, weights: Numbers) -> Numbers:
    """Returns [n, K, B] from points [n, R1] and weights [R1, K, B]."""
    found: Any = (points @ weights.reshape(len(weights), -1)).reshape(len(points), *weights.shape[1:])
    return found  # type: ignore[no-any-return]


def _project(points: Numbers, errors: Numbers) -> Numbers:
    """Returns [R1, K, B] from points [n, R1] and what is said of each [n, K, B]."""
    found: Any = (points.T @ errors.reshape(len(errors), -1)).reshape(points.shape[1], *errors.shape[1:])
    return found  # type: ignore[no-any-return]


def _share(scores: Float64) -> Float64:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def _squash(scores: Float64) -> Float64:
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -500, 500))))


def _add_one(points: Float64) -> Float64:
    return np.hstack([points, np.ones((len(points), 1))])
