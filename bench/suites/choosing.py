"""Chooses suite, methods, protocols, probes and conditions by the names that a user gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.methods import METHODS
from bench.probes import PROBES
from bench.protocols import PROTOCOLS
from bench.protocols.anyone import TENFOLD
from bench.protocols.protocol import Protocol
from bench.suites.suite import CONDITION_NAMES, Suite
from bench.suites.table import MAIN_PROTOCOLS, SUITES
from smile.errors import UserError, unknown

#: The word that means every suite below, each on the data that it is for, in the order of the tables.
ALL = "all"
EVERY = ("fer3d", "fer4d", "mer4d", "cross", "robust", "few", "ablation")
#: Suites that are leaderboards of some data sets alone, and the one that takes all others.
_FIELDS, _REST = ("fer3d", "mer4d"), "fer4d"


def choose_suite(name: str, methods: tuple[str, ...] = ()) -> Suite:
    """Returns the suite of this name, with only `methods` if any are given.

    Raises UserError on an unknown name, and on a method that is not in the suite.
    """
    if name not in SUITES:
        raise unknown("suite", name, (*SUITES, ALL))
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


def choose_suites(name: str, methods: tuple[str, ...] = ()) -> tuple[Suite, ...]:
    """Returns the suite of this name, or those of EVERY where it is `all`, with only `methods` if any are given.

    Raises the errors of `choose_suite`; of `all`, a suite without any of the methods is left out.
    """
    if name != ALL:
        return (choose_suite(name, methods),)
    for method in methods:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
    wanted = {one: tuple(method for method in SUITES[one].methods if method in methods) for one in EVERY}
    found = tuple(choose_suite(one, own) for one, own in wanted.items() if own or not methods)
    if not found:
        raise UserError(f"no suite of {ALL} has {', '.join(methods)}; it runs {', '.join(EVERY)}")
    return found


def share_data(suites: Sequence[Suite], data_sets: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Returns suite -> the data sets that it runs on where all suites run; none where it has nothing to do.

    Data sets that no suite is for run in fer4d. The ablation, two dozen methods, runs on one: of films if there is one.
    """
    return {suite.name: tuple(_take(suite, data_sets)) for suite in suites}


def _take(suite: Suite, data_sets: Sequence[str]) -> list[str]:
    wanted = {key for _, keys in find_pairs(suite, data_sets) for key in keys} if suite.across else set(suite.data_sets)
    if suite.name == _REST:
        wanted = set(data_sets) - {key for name in _FIELDS for key in SUITES[name].data_sets}
    elif not suite.data_sets:
        wanted = set(sorted(data_sets, key=lambda key: key not in SUITES[_REST].data_sets)[:1])
    elif not suite.across and suite.name not in _FIELDS:
        return list(data_sets)
    return [key for key in data_sets if key in wanted]


def choose_protocols(
    suite: Suite, named: Sequence[str], data_sets: Sequence[str]
) -> list[tuple[Protocol, tuple[str, ...]]]:
    """Returns each protocol to run, with the data sets that it runs on.

    The result holds every named protocol, then those of the suite for each data set that no named protocol uses. A
    protocol across two data sets gets both. A suite of such protocols plays them where both data sets are there.
    Raises UserError on an unknown name, and where a protocol, or such a suite, lacks its data.
    """
    chosen = [(PROTOCOLS[name], keys) for name in dict.fromkeys(named) for keys in _find_named(name, data_sets)]
    if suite.across:
        return chosen or _join_pairs(suite, data_sets)
    used = {key for _, keys in chosen for key in keys}
    return chosen + [
        (PROTOCOLS[name], (key,)) for key in data_sets if key not in used for name in list_protocols(suite, key)
    ]


def list_protocols(suite: Suite, data_set: str) -> tuple[str, ...]:
    """Returns the protocols of a data set in a suite: its own there, else its main one, else ten folds of everybody."""
    return suite.protocols.get(data_set) or MAIN_PROTOCOLS.get(data_set, (TENFOLD.name,))


def _find_named(name: str, data_sets: Sequence[str]) -> list[tuple[str, ...]]:
    """Returns the data sets of each time that a named protocol is played."""
    if name not in PROTOCOLS:
        raise unknown("protocol", name, PROTOCOLS)
    wanted = PROTOCOLS[name].data_sets
    found = tuple(find_data_set(key, data_sets) for key in wanted)
    for key, there in zip(wanted, found, strict=True):
        if not there:
            raise UserError(f"--protocol {name} is played on {key}; say where that lies: --data {key}=DIR")
    return [found] if wanted else [(key,) for key in data_sets]


def find_data_set(key: str, data_sets: Sequence[str]) -> str:
    """Returns the data set of this name, or of made faces of this name that act otherwise; "" where there is none.

    Example: "synthetic" finds "synthetic-theories".
    """
    return next((name for name in sorted(data_sets, key=len) if name.partition("-")[0] == key), "")


def find_pairs(suite: Suite, data_sets: Sequence[str]) -> list[tuple[Protocol, tuple[str, ...]]]:
    """Returns the protocols across data sets that a suite can play, each with its data sets."""
    protocols = [PROTOCOLS[name] for name in suite.across]
    pairs = [(one, tuple(find_data_set(key, data_sets) for key in one.data_sets)) for one in protocols]
    return [(one, keys) for one, keys in pairs if all(keys)]


def _join_pairs(suite: Suite, data_sets: Sequence[str]) -> list[tuple[Protocol, tuple[str, ...]]]:
    found = find_pairs(suite, data_sets)
    if not found:
        wanted = "; ".join(" and ".join(PROTOCOLS[name].data_sets) for name in suite.across)
        raise UserError(
            f"the suite {suite.name} teaches on one data set and tests on another: name two with --data ({wanted})"
        )
    return found


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
