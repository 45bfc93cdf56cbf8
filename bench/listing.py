"""Lists what `bench.run` can measure, for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap

from bench.methods import METHODS
from bench.probes import PROBES
from bench.protocols import PROTOCOLS
from bench.statistics.ranking import CONTESTS
from bench.suites import ALL, BUDGETS, CONDITION_NAMES, EVERY, MAIN_PROTOCOLS, SUITES, Suite


def list_for_people() -> str:
    """Returns suites with their methods, further methods, protocols, conditions, probes and budgets."""
    seen: dict[tuple[str, ...], str] = {}
    lines = [line for suite in SUITES.values() for line in _tell_suite(suite, seen)]
    lines += [f"suite {ALL}: {', '.join(EVERY)}, each on the data that it is for"]
    told = {name for suite in SUITES.values() for name in suite.methods}
    further = [name for name in METHODS if name not in told]
    tuned = [name for name in further if name.startswith("finetuned_")]
    lines += ["further methods, each added by --method NAME:", *_tell_methods([n for n in further if n not in tuned])]
    lines += ["    towers that were pretrained without labels, trained on with labels (supervised, uses labels):"]
    lines += wrap(", ".join(tuned), 100, initial_indent=" " * 6, subsequent_indent=" " * 6)
    lines += ["protocols (* the main one of its data set, played where none is named):", *_tell_protocols()]
    lines += [f"conditions of tested faces: {', '.join(CONDITION_NAMES)}"]
    lines += ["probes:", *_tell_probes()]
    lines += ["budgets:", *(f"  {name:<15} {one.epochs} epochs; {one.about}" for name, one in BUDGETS.items())]
    return "\n".join(lines)


def _tell_suite(suite: Suite, seen: dict[tuple[str, ...], str]) -> Iterator[str]:
    """Describes a suite; `seen` holds the methods that were listed -> their suite, and gets those of this one."""
    yield f"suite {suite.name} (version {suite.version}): {suite.title}"
    plays = [*(name for names in suite.protocols.values() for name in names), *suite.across]
    alone = "needs two with --data" if suite.across else "without --data a synthetic stand-in"
    yield f"  data sets: {', '.join(suite.data_sets) or 'any'}; {alone}"
    yield f"  protocols: {', '.join(plays) or 'the main one of each data set'}"
    yield f"  probes: {', '.join(suite.probes)}"
    yield f"  tested faces: {', '.join(suite.conditions)}"
    if suite.methods in seen:
        yield f"  methods: those of {seen[suite.methods]}"
    else:
        seen[suite.methods] = suite.name
        yield "  methods:"
        yield from _tell_methods(suite.methods)


def _tell_protocols() -> Iterator[str]:
    mains = {name for names in MAIN_PROTOCOLS.values() for name in names}
    for name, protocol in PROTOCOLS.items():
        on = " and ".join(protocol.data_sets) or "any data set"
        ranked = f"; ranked by {CONTESTS[name]} (UF1)" if name in CONTESTS else ""
        yield f"  {name + '*' * (name in mains):<19} {on}: {protocol.title} (version {protocol.version}){ranked}"


def _tell_probes() -> Iterator[str]:
    for name, one in PROBES.items():
        yield f"  {name:<15} {one.title}; by {one.main}{', lower is better' if one.lower_is_better else ''}"


def list_as_json() -> str:
    """Returns the same as one JSON object: suites, data sets, protocols, conditions, probes, methods and budgets."""
    data_sets = {key: title for suite in SUITES.values() for key, title in suite.data_sets.items()}
    told = {
        "suites": {
            name: {
                "title": suite.title,
                "version": suite.version,
                "data_sets": list(suite.data_sets),
                "protocols": [*(name for names in suite.protocols.values() for name in names), *suite.across],
                "probes": list(suite.probes),
                "conditions": list(suite.conditions),
                "methods": list(suite.methods),
            }
            for name, suite in SUITES.items()
        },
        "data_sets": data_sets,
        "protocols": {
            name: {
                "title": one.title,
                "version": one.version,
                "data_sets": list(one.data_sets),
                "main_metric": CONTESTS.get(name, ""),  # in the place of the accuracy of a probe; "": none
            }
            for name, one in PROTOCOLS.items()
        },
        "conditions": list(CONDITION_NAMES),
        "probes": {name: {"title": one.title, "main_metric": one.main} for name, one in PROBES.items()},
        "methods": {
            name: {"title": one.title, "family": one.family, "knows": one.knows, "uses_labels": one.uses_labels}
            for name, one in METHODS.items()
        },
        "budgets": {name: asdict(one) for name, one in BUDGETS.items()},
    }
    return json.dumps(told, indent=1)


def _tell_methods(names: tuple[str, ...] | list[str]) -> list[str]:
    width = max(15, *map(len, names))
    about = {name: METHODS[name].family + ", uses labels" * METHODS[name].uses_labels for name in names}
    return [f"    {name:<{width}} {METHODS[name].title} ({about[name]})" for name in names]
