"""Defines suites, which join what is measured, how and on which faces, and budgets, which limit the time of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.methods import COMPARED, METHODS
from bench.methods.ablation import MOST_VIEWS, VARIANTS
from bench.probes import PROBES
from bench.protocols import PROTOCOLS
from bench.protocols.anyone import TENFOLD
from bench.protocols.protocol import Protocol
from smile.config import Config, override
from smile.errors import UserError, unknown
from smile.recipes import recipe


@dataclass(frozen=True)
class Suite:
    """Joins data sets, protocols, conditions, probes and methods.

    Raise the version whenever scores stop being comparable.
    """

    name: str
    title: str
    version: int
    data_sets: Mapping[str, str]  # key -> title of each licensed data set that the suite is for
    protocols: Mapping[str, str]  # data set -> its main protocol; any other data set gets TENFOLD
    probes: tuple[str, ...]
    methods: tuple[str, ...]
    references: tuple[str, ...]  # methods with which all others are compared, clip by clip
    conditions: tuple[str, ...] = ("clean",)  # what is done to tested faces
    settings: Mapping[str, Any] = field(default_factory=dict)  # changes of the recipe that the suite needs


@dataclass(frozen=True)
class Budget:
    """Says how much work a run does."""

    name: str
    encoders: int  # number that shares the ten folds; 1: TENFOLD tests only half of the subjects
    epochs: int
    subjects: int  # of the synthetic faces
    frames: int  # in each clip of the synthetic faces
    about: str


#: Keys of CONDITIONS, whose code is compiled and must not keep the user of --list waiting.
CONDITION_NAMES = (
    "clean",
    "misaligned",
    "occluded",
    "noisy",
    "coarse",
    "missing_view",
    "without_landmarks",
    "light",
)

#: Licensed data sets of the leaderboards -> title, and -> main protocol.
_DATA_SETS = {
    "bu3dfe": "BU-3DFE",
    "bosphorus": "Bosphorus",
    "bu4dfe": "BU-4DFE",
    "bp4d": "BP4D",
    "fourdme": "4DME",
}
_PROTOCOLS = {
    "bu3dfe": "bu3dfe_p1",
    "bosphorus": "bosphorus_65",
    "bu4dfe": "bu4dfe_101",
    "bp4d": "bp4d_41",
    "fourdme": "fourdme_5class",
}
_REFERENCES = ("smile_geometry", "smile_pseudo")

SUITES: dict[str, Suite] = {
    "fer4d": Suite(
        name="fer4d",
        title="3D/4D facial expression recognition",
        version=2,
        data_sets=_DATA_SETS,
        protocols=_PROTOCOLS,
        probes=("linear_probe",),
        methods=tuple(COMPARED),
        references=_REFERENCES,
    ),
    "few": Suite(
        name="few",
        title="how many labelled subjects an encoder needs",
        version=1,
        data_sets=_DATA_SETS,
        protocols=_PROTOCOLS,
        probes=("few_labels",),
        methods=tuple(COMPARED),
        references=_REFERENCES,
        conditions=("clean", "misaligned", "occluded"),
    ),
    "robust": Suite(
        name="robust",
        title="what is left when tested faces are worse than those that taught",
        version=1,
        data_sets=_DATA_SETS,
        protocols=_PROTOCOLS,
        probes=("linear_probe",),
        methods=tuple(COMPARED),
        references=_REFERENCES,
        conditions=CONDITION_NAMES,
    ),
    "ablation": Suite(
        name="ablation",
        title="what each part of SMILE-VLM is worth",
        version=1,
        data_sets={},
        protocols={},
        probes=("linear_probe",),
        methods=tuple(VARIANTS),
        references=("full",),
        settings={"rendering.view_count": MOST_VIEWS},
    ),
}

BUDGETS: dict[str, Budget] = {
    "quick": Budget("quick", 1, 100, 40, 16, "minutes on two cores: as few encoders as the protocol allows, 1 or 2"),
    "standard": Budget("standard", 5, 120, 60, 24, "one encoder for every two folds, all subjects are tested"),
    "full": Budget("full", 10, 200, 100, 24, "one encoder a fold, all subjects are tested"),
}


def choose_suite(name: str, methods: tuple[str, ...] = ()) -> Suite:
    """Returns the suite of this name, with only `methods` if any are given.

    Raises UserError on an unknown name, and on a method that is not in the suite.
    """
    if name not in SUITES:
        raise unknown("suite", name, SUITES)
    for method in methods:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
        if method not in SUITES[name].methods:
            has = ", ".join(SUITES[name].methods)
            others = [other for other, suite in SUITES.items() if method in suite.methods]
            hint = f"; --suite {' or '.join(others)} has it" if others else ""
            raise UserError(f"method {method!r} is not in the suite {name}, which has: {has}{hint}")
    chosen = tuple(method for method in SUITES[name].methods if not methods or method in methods)
    return replace(SUITES[name], methods=chosen)


def choose_protocols(
    suite: Suite, named: Sequence[str], data_sets: Sequence[str]
) -> list[tuple[Protocol, tuple[str, ...]]]:
    """Returns each protocol to run, with the data sets that it runs on.

    The result holds every named protocol, then the main protocol of each data set that no named protocol uses. A
    protocol across two data sets gets both. Raises UserError on an unknown name, and where a protocol lacks its data.
    """
    chosen: list[tuple[Protocol, tuple[str, ...]]] = []
    for name in dict.fromkeys(named):
        if name not in PROTOCOLS:
            raise unknown("protocol", name, PROTOCOLS)
        wanted = PROTOCOLS[name].data_sets
        for key in wanted:
            if key not in data_sets:
                raise UserError(f"--protocol {name} is played on {key}; say where that lies: --data {key}=DIR")
        chosen += [(PROTOCOLS[name], keys) for keys in ([wanted] if wanted else [(key,) for key in data_sets])]
    used = {key for _, keys in chosen for key in keys}
    mains = [(PROTOCOLS[suite.protocols.get(key, TENFOLD.name)], (key,)) for key in data_sets if key not in used]
    return chosen + mains


def choose_probes(suite: Suite, probes: Sequence[str], conditions: Sequence[str]) -> Suite:
    """Returns the suite with these probes and conditions in the place of its own, where any are named.

    Raises UserError on an unknown name.
    """
    for kind, named, table in (("probe", probes, PROBES), ("condition", conditions, CONDITION_NAMES)):
        for name in named:
            if name not in table:
                raise unknown(kind, name, table)
    return replace(
        suite,
        probes=tuple(dict.fromkeys(probes)) or suite.probes,
        conditions=tuple(dict.fromkeys(conditions)) or suite.conditions,
    )


def choose_budget(name: str) -> Budget:
    """Returns the budget of this name. Raises UserError on an unknown name."""
    if name not in BUDGETS:
        raise unknown("budget", name, BUDGETS)
    return BUDGETS[name]


def make_config(suite: Suite, budget: Budget, changes: Mapping[str, Any]) -> Config:
    """Returns the config of every trained method: recipe `tiny`, then budget, suite and user change settings."""
    settings = {"training.epochs": budget.epochs, **suite.settings}
    return override(recipe("tiny"), {**settings, **changes})
