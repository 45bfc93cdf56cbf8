"""EDGE optuna: TABLE SAMPLERS, what draws the next setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smile.errors import unknown

#: Number of trials that are drawn at random before a sampler learns from results.
RANDOM_TRIALS = 5


@dataclass(frozen=True)
class Sampler:
    """Names a sampler of Optuna and its settings, which are passed explicitly, because Optuna's defaults change."""

    kind: str  # class of optuna.samplers
    settings: Mapping[str, Any]
    about: str

    def arguments(self, seed: int, finished: int) -> dict[str, Any]:
        """Returns the arguments of the class; the seed depends on `finished`, so a resumed sweep repeats no draw."""
        return {**self.settings, "seed": seed * 100_003 + finished}


_QUIET = {"warn_independent_sampling": False}  # a setting without order, such as a word, is drawn at random

SAMPLERS: dict[str, Sampler] = {
    "tpe": Sampler(
        "TPESampler",
        # multivariate: weights trade off against each other; constant_liar: trials at the same time differ
        {"multivariate": True, "constant_liar": True, "n_startup_trials": RANDOM_TRIALS},
        "tree-structured Parzen estimator (Bergstra et al. 2011)",
    ),
    "gp": Sampler(
        "GPSampler",
        {"n_startup_trials": RANDOM_TRIALS, "deterministic_objective": False, **_QUIET},
        "Gaussian process",
    ),
    "cmaes": Sampler("CmaEsSampler", {"n_startup_trials": RANDOM_TRIALS, **_QUIET}, "CMA-ES (Hansen 2016)"),
    "qmc": Sampler(
        "QMCSampler",
        {"qmc_type": "sobol", "scramble": True, "warn_asynchronous_seeding": False, **_QUIET},
        "quasi-random points that fill the ranges evenly (Sobol 1967)",
    ),
    "random": Sampler("RandomSampler", {}, "random points (Bergstra & Bengio 2012)"),
}


def find_sampler(name: str) -> Sampler:
    """Returns the sampler `name`; raises UserError, with the closest name, where there is none."""
    if name not in SAMPLERS:
        raise unknown("sampler", name, SAMPLERS)
    return SAMPLERS[name]


def make_sampler(name: str, seed: int, finished: int) -> Any:
    """Makes the sampler `name` of Optuna for a sweep with `finished` trials."""
    import optuna

    chosen = find_sampler(name)
    return getattr(optuna.samplers, chosen.kind)(**chosen.arguments(seed, finished))


def describe_sampler(name: str, seed: int) -> str:
    """Returns the sampler and its settings in words, for the report."""
    chosen = find_sampler(name)
    settings = ", ".join(f"{key}={value}" for key, value in chosen.arguments(seed, 0).items())
    return f"{chosen.kind}({settings}), {chosen.about}; a resumed run adds its number of finished trials to the seed"
