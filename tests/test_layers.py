"""Imports go one way: a module knows its own room and those to its left, lazy imports counted."""

import ast
from functools import cache
from pathlib import Path

from tests.places import ROOT

#: Left to right; the modules that stand directly in smile/ come first, its doors last.
ROOMS = (
    "smile",
    "smile.data",
    "smile.sets",
    "smile.check",
    "smile.stand_ins",
    "smile.sources",
    "smile.rendering",
    "smile.model",
    "smile.captions",
    "smile.losses",
    "smile.training",
    "smile.workers",
    "smile.prediction",
    "smile.recipes",
    "smile.doctor",
    "smile.jobs",
    "smile.commands",
    "smile.run",
    "bench",
    "sweeps",
    "cluster",
)
MODULES = sorted(file for room in ("smile", "bench", "sweeps", "cluster") for file in (ROOT / room).rglob("*.py"))


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def rank(module: str) -> int:
    room = max((room for room in ROOMS if f"{module}.".startswith(f"{room}.")), key=len)
    return ROOMS.index(room)


@cache
def read(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@cache
def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(read(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("smile", "bench", "sweeps", "cluster")}


def test_a_module_imports_only_its_own_room_or_one_to_its_left():
    right = {
        name_of(file): names
        for file in MODULES
        if (names := {name for name in imports(file) if rank(name) > rank(name_of(file))})
    }
    assert not right


def test_commands_are_imported_by_their_door_alone():
    # smile.commands imports every command, and so libraries that `bench.run --list` and `--help` do without
    strangers = {
        name_of(file): names
        for file in MODULES
        if (names := {name for name in imports(file) if name.startswith("smile.commands")})
    }
    assert {module for module in strangers if not module.startswith("smile.commands")} == {"smile.run"}


def test_a_module_opens_with_one_sentence():
    first = {name_of(file): (ast.get_docstring(read(file)) or " ").splitlines()[0].rstrip() for file in MODULES}
    assert {module: line for module, line in first.items() if not line.endswith((".", ":"))} == {}


def test_there_are_no_circles():
    edges = {name_of(file): imports(file) for file in MODULES}
    known = set(edges)
    graph = {
        module: {name if name in known else name.rpartition(".")[0] for name in names} & known - {module}
        for module, names in edges.items()
    }
    while leaves := {module for module, names in graph.items() if not names}:
        graph = {module: names - leaves for module, names in graph.items() if module not in leaves}
    assert not graph
