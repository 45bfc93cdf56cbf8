"""Says how far the best of several trials lies above the others by luck alone, and what one objective is worth."""

from __future__ import annotations

import numpy as np

from sweeps.objectives.reading import Right


def expect_best(count: int, error: float) -> float:
    """Returns how far the best of `count` equally good settings is expected above their mean, for this standard error.

    This is the winner's curse: error * E[max of `count` standard normals] (David & Nagaraja 2003, section 3.1).
    Example: the best of 20 settings with a standard error of 0.03 lies 0.056 above by luck alone.
    """
    from scipy.stats import norm

    if count < 2:
        return 0.0
    values = np.linspace(-9, 9, 4001)
    density = count * norm.pdf(values) * norm.cdf(values) ** (count - 1)
    return float(error * np.trapezoid(values * density, values))


def find_error(right: Right) -> float:
    """Returns the standard error over subjects of the mean share of clips that were right; NaN below two subjects."""
    shares = np.array([told / clips for told, clips in right.values() if clips])
    if len(shares) < 2:
        return float("nan")
    return float(shares.std(ddof=1) / np.sqrt(len(shares)))
