"""Says how large a difference must be to be told apart with the subjects there are."""

from __future__ import annotations

from statistics import NormalDist

from bench.statistics.permutation import LEVEL

#: How often a difference of the resolvable size is told apart.
POWER = 0.8


def resolve(error: float, tests: int) -> float:
    """Returns the difference that is found with POWER, given its standard error and the number of tests in the table.

    The level is the strictest that Holm's correction may ask for, LEVEL / tests. Example: an error of one point and one
    test resolve 2.8 points (Cohen 1988, chapter 2).
    """
    normal = NormalDist()
    return error * (normal.inv_cdf(1 - LEVEL / (2 * max(tests, 1))) + normal.inv_cdf(POWER))
