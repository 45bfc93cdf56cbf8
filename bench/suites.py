"""What is run together: suites of data sets, protocols and methods, and how much time a run may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.methods import METHODS
from smile.config import Config, override
from smile.errors import unknown
from smile.recipes import recipe


@dataclass(frozen=True)
class Suite:
    """Data sets x protocols x methods. The version is raised whenever scores stop being comparable."""

    name: str
    title: str
    version: int
    data_sets: Mapping[str, str]  # key -> title of the licensed data sets that it is meant for
    protocols: tuple[str, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Budget:
    """How much of the same work is done."""

    name: str
    scheme: str  # key of folds.SCHEMES: how many encoders are pretrained
    epochs: int
    subjects: int  # of the synthetic stand-in
    frames: int  # a clip of the synthetic stand-in
    about: str


SUITES: dict[str, Suite] = {
    "fer4d": Suite(
        name="fer4d",
        title="3D/4D facial expression recognition",
        version=1,
        data_sets={
            "bu3dfe": "BU-3DFE",
            "bosphorus": "Bosphorus",
            "bu4dfe": "BU-4DFE",
            "bp4d": "BP4D",
            "fourdme": "4DME",
        },
        protocols=("linear_probe",),
        methods=tuple(METHODS),
    ),
}

BUDGETS: dict[str, Budget] = {
    "quick": Budget(
        "quick", "apart", 100, 40, 16, "minutes on two cores: one encoder, half of the subjects are tested"
    ),
    "standard": Budget("standard", "pairs", 120, 60, 24, "one encoder for every two folds, all subjects are tested"),
    "full": Budget("full", "each", 200, 100, 24, "one encoder a fold, all subjects are tested"),
}


def choose_suite(name: str, methods: tuple[str, ...] = ()) -> Suite:
    """The suite of this name, reduced to `methods` where any are named. Raises UserError on an unknown name."""
    if name not in SUITES:
        raise unknown("suite", name, SUITES)
    for method in methods:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
    chosen = tuple(method for method in SUITES[name].methods if not methods or method in methods)
    return replace(SUITES[name], methods=chosen)


def choose_budget(name: str) -> Budget:
    """The budget of this name. Raises UserError on an unknown one."""
    if name not in BUDGETS:
        raise unknown("budget", name, BUDGETS)
    return BUDGETS[name]


def make_config(budget: Budget, seed: int, changes: Mapping[str, Any]) -> Config:
    """The config of every trained method: the recipe `tiny` at a budget, and what the user changed."""
    return override(recipe("tiny"), {"training.epochs": budget.epochs, "training.seed": seed, **changes})
