"""TABLE BUDGETS: how much work a run does, and the config that follows from budget, suite and user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.suites.suite import Suite
from smile.config import Config, override
from smile.errors import unknown
from smile.recipes import recipe


@dataclass(frozen=True)
class Budget:
    """Says how much work a run does."""

    name: str
    encoders: int  # number that shares the ten folds; 1: TENFOLD tests only half of the subjects
    epochs: int
    subjects: int  # of the synthetic faces
    frames: int  # in each clip of the synthetic faces
    about: str


BUDGETS: dict[str, Budget] = {
    "quick": Budget("quick", 1, 100, 40, 16, "minutes on two cores: as few encoders as the protocol allows, 1 or 2"),
    "standard": Budget("standard", 5, 120, 60, 24, "one encoder for every two folds, all subjects are tested"),
    "full": Budget("full", 10, 200, 100, 24, "one encoder a fold, all subjects are tested"),
}


def choose_budget(name: str) -> Budget:
    """Returns the budget of this name. Raises UserError on an unknown name."""
    if name not in BUDGETS:
        raise unknown("budget", name, BUDGETS)
    return BUDGETS[name]


def make_config(suite: Suite, budget: Budget, changes: Mapping[str, Any]) -> Config:
    """Returns the config of every trained method: recipe `tiny`, then budget, suite and user change settings."""
    settings = {"training.epochs": budget.epochs, **suite.settings}
    return override(recipe("tiny"), {**settings, **changes})
