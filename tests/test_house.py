"""The house in numbers: small files and functions, one meaning for a word, rooms that a newcomer can take in."""

import ast
import re
import statistics
import subprocess
from collections import defaultdict
from functools import cache

import pytest

from tests.places import ROOT

PACKAGES = ("smile", "bench", "sweeps", "cluster")
#: What a room asks of each of its modules, so that several of them may define it.
CONTRACTS = {
    "act": ("smile/commands/", "bench/commands/"),
    "add_arguments": ("smile/commands/", "bench/commands/"),
    "fit": ("bench/methods/",),
    "main": ("smile/run.py", "bench/run.py", "bench/speed/__main__.py", "sweeps/run.py", "cluster/__main__.py"),
}

MOST_FILES = 16  # of a folder's own
MOST_LINES = 300  # of a file
LARGEST_SHARE = 0.2  # of all lines, in one room
MEDIAN_LINES = 7  # of a function
MOST_COMPLEX = 12  # cyclomatic complexity of a function (McCabe 1976), as radon counts it


@cache
def trees():
    """File -> what it says; read by the first test that asks, not by every process that collects tests."""
    return {file: ast.parse(file.read_text()) for room in PACKAGES for file in sorted((ROOT / room).rglob("*.py"))}


def name_of(file):
    return file.relative_to(ROOT).as_posix()


def public(kind):
    """Name -> the modules that define it in public: classes, functions, or what stands for a type."""
    found = defaultdict(list)
    for file, tree in trees().items():
        for node in tree.body:
            if isinstance(node, kind) and not node.name.startswith("_"):
                found[node.name].append(name_of(file))
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def aliases():
    """The same of aliases of types, which are written in capitals as classes are, e.g. Sample = dict[str, Any]."""
    found = defaultdict(list)
    for file, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(name_of(file))
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Name) and re.match("[A-Z][A-Za-z0-9]*[a-z]", target.id):
                    found[target.id].append(name_of(file))
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def test_a_class_has_its_name_for_itself():
    assert public(ast.ClassDef) == {}


def test_an_alias_of_a_type_has_its_name_for_itself():
    assert aliases() == {}


def test_a_function_has_its_name_for_itself():
    shared = public(ast.FunctionDef)
    outside = {
        name: [module for module in modules if not module.startswith(CONTRACTS.get(name, ("nowhere",)))]
        for name, modules in shared.items()
    }
    assert {name: modules for name, modules in outside.items() if modules} == {}
    assert set(shared) == set(CONTRACTS)


def test_no_folder_holds_more_files_than_can_be_taken_in():
    folders = defaultdict(int)
    for file in trees():
        folders[file.parent.relative_to(ROOT).as_posix()] += 1
    assert {folder: count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_no_file_is_long():
    files = [*trees(), *sorted((ROOT / "tests").rglob("*.py"))]
    lines = {name_of(file): len(file.read_text().splitlines()) for file in files}
    assert {file: count for file, count in lines.items() if count > MOST_LINES} == {}


def test_no_room_holds_a_fifth_of_the_house():
    rooms = defaultdict(int)
    for file in trees():
        rooms[file.relative_to(ROOT).parts[:2]] += len(file.read_text().splitlines())
    total = sum(rooms.values())
    assert {room: count / total for room, count in rooms.items() if count >= LARGEST_SHARE * total} == {}


def test_most_functions_are_short():
    lengths = [
        node.end_lineno - node.lineno + 1
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.median(lengths) <= MEDIAN_LINES


def test_no_function_takes_many_turns():
    found = {f"{name_of(file)}:{block.name}": block.complexity for file in trees() for block in blocks(file)}
    assert {name: turns for name, turns in found.items() if turns > MOST_COMPLEX} == {}


def blocks(file):
    """Every function and method of a file, also those inside of others."""
    from radon.complexity import cc_visit_ast

    for block in cc_visit_ast(trees()[file]):
        yield from [*getattr(block, "methods", ()), *getattr(block, "closures", ())]
        if not hasattr(block, "methods"):
            yield block


def test_everything_public_says_what_it_is():
    silent = [
        f"{name_of(file)}:{node.name}"
        for file, tree in trees().items()
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("word", ["utils", "common", "misc", "helpers", "base", "core", "manager"])
def test_no_drawer_has_a_word_that_says_nothing(word):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert [path for path in listed.split() if word in path.rpartition("/")[2].split(".")[0].split("_")] == []
