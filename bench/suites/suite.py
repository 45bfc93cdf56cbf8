"""Defines what a suite is: it joins what is measured, how and on which faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class Suite:
    """Joins data sets, protocols, conditions, probes and methods.

    Raise the version whenever scores stop being comparable.
    """

    name: str
    title: str
    version: int
    data_sets: Mapping[str, str]  # key -> title of each licensed data set that the suite is for; others run as well
    protocols: Mapping[str, tuple[str, ...]]  # data set -> its protocols here; any other data set gets its main one
    probes: tuple[str, ...]
    methods: tuple[str, ...]
    references: tuple[str, ...]  # methods with which all others are compared, clip by clip
    conditions: tuple[str, ...] = ("clean",)  # what is done to tested faces
    across: tuple[str, ...] = ()  # protocols that join two data sets: played where both are there, and nothing else is
    settings: Mapping[str, Any] = field(default_factory=dict)  # changes of the recipe that the suite needs
