"""Says which source decides a result: a changed file makes anew the results that it decides, and no others.

Files are found by following imports. Tables (`__init__.py`) are not followed, because they import everything; what a
row of a table says is part of the identity by itself.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.methods.method import Later, Method
from bench.probes.probe import Probe
from bench.protocols.protocol import Protocol
from smile.config import Model
from smile.digests import digest
from smile.provenance import ROOT, read_code
from smile.training.towers import OUR_TOWERS

#: Where following imports begins for every result.
GROUND = ("bench.evaluation", "smile.config")
#: What is not asked, and why: files and folders below ROOT.
UNASKED = {
    "smile/rendering": "the hash of the data covers what it draws",
    "smile/stand_ins": "the hash of the data covers what it makes",
    "smile/data/formats": "the hash of the data covers what it reads",
    "smile/data/face.py": "the container; its content is hashed",
    "smile/data/files.py": "how files are found",
    "smile/data/names.py": "how names are read; the names themselves are hashed",
    "smile/errors.py": "words",
    "smile/arrays.py": "words for types",
    "smile/progress.py": "what is said meanwhile",
    "smile/interruption.py": "how a command ends",
    "smile/limits.py": "what settings may be; what they are is hashed",
    "smile/atomic.py": "how files are written",
    "smile/provenance.py": "where a number comes from",
    "smile/digests.py": "names of what is hashed itself",
    "smile/training/checkpoints": "how an unfinished training is kept",
    "smile/model/card.py": "words",
    "smile/model/checksums.py": "whether a model on disk is whole",
    "smile/model/hub.py": "how a model is fetched; its weights are hashed",
}
#: The table of data sets: only the classes that it names are asked, because the hash of the data covers the rest.
DATA_SETS = "smile/sets/readers.py"


def hash_ground(protocol: Protocol, probe: Probe) -> str:
    """Returns a hash of the code that decides a result whoever is measured: the way of measuring, folds and probe."""
    return hash_sources((*GROUND, *_find_modules(protocol), *_find_modules(probe)))


def hash_method(method: Method, model: Model | None = None) -> str:
    """Returns a hash of the code and the settings of a method; with those of its `source` where it has one.

    Where `model` names towers that lie in folders, the hash covers their files: a setting says only where they lie.
    """
    said = method.source or _describe(method.fit)
    row = [said, method.classifier, method.arm, method.uses_labels]
    towers = hash_towers(model.image_tower, model.text_tower) if model else ()
    return digest([row, hash_sources(_find_modules(method.fit)), *towers])


def hash_towers(*names: str) -> list[str]:
    """Returns a hash for each tower that is a folder here. A model of a hub has none: the setting has its name."""
    return [_hash_tower(Path(name)) for name in names if name not in OUR_TOWERS and Path(name).is_dir()]


def hash_sources(modules: Iterable[str]) -> str:
    """Returns a hash of the code of these modules and of all that they import from the project."""
    return digest([_hash_file(file) for file in find_sources(modules)])


def find_sources(modules: Iterable[str]) -> list[Path]:
    """Returns the files of these modules and of all that they import from the project, sorted."""
    found: set[Path] = set()
    waiting = [_find_start(name) for name in modules]
    while waiting:
        file = waiting.pop()
        if file is None or file in found or _is_unasked(file):
            continue
        found.add(file)
        if _name_file(file) != DATA_SETS:
            waiting += [_find_file(name) for name in _list_imports(file)]
    return sorted(found)


def _hash_tower(folder: Path) -> str:
    from smile.model.checksums import list_files  # whose package imports torch

    seen = ((file.name, file.stat()) for file in list_files(folder))
    return _hash_weights(folder, tuple((name, at.st_size, at.st_mtime_ns, at.st_ctime_ns) for name, at in seen))


@cache
def _hash_weights(folder: Path, _seen: tuple[tuple[str, int, int, int], ...]) -> str:
    """Reads files of gigabytes once for all methods, and again where one was written anew."""
    from smile.model.checksums import list_checksums

    return digest(list_checksums(folder))


@cache
def _list_imports(file: Path) -> tuple[str, ...]:
    """Names every module that a file imports, also inside functions, or names in a text, as `Later` does."""
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.append(node.value)
    return tuple(dict.fromkeys(names))


@cache
def _find_file(name: str) -> Path | None:
    """Returns the file of a module of the project; None for every other text."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    file = ROOT.joinpath(*parts).with_suffix(".py")
    return file if file.is_file() else None


def _find_start(name: str) -> Path | None:
    """Returns the file of a module of the project, or of a method of a user's own."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return _find_file(name) or (Path(file) if file else None)


@cache
def _hash_file(file: Path) -> str:
    name = _name_file(file)
    return digest([name, _list_classes() if name == DATA_SETS else read_code(file).decode()], 64)


def _list_classes() -> dict[str, list[str]]:
    from smile.sets.readers import READERS  # imports compiled code, for which --list must not wait

    return {name: sorted(reader.release.expressions) for name, reader in READERS.items() if reader.release}


def _name_file(file: Path) -> str:
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name


def _is_unasked(file: Path) -> bool:
    name = _name_file(file)
    return any(name == one or name.startswith(f"{one}/") for one in UNASKED)


def _find_modules(part: Any) -> Iterator[str]:
    """Yields the modules of a function, of an object, and of all that its fields hold."""
    if isinstance(part, Later):
        yield part.module
    elif is_dataclass(part):
        yield type(part).__module__
        for one in fields(part):
            yield from _find_modules(getattr(part, one.name))
    elif callable(part):
        yield part.__module__


def _describe(part: Any) -> Any:
    """Returns what an object is and holds as values that a digest takes."""
    if is_dataclass(part):
        held = {one.name: _describe(getattr(part, one.name)) for one in fields(part)}
        return [type(part).__module__, type(part).__qualname__, held]
    if isinstance(part, Mapping):
        return {str(name): _describe(value) for name, value in part.items()}
    return [part.__module__, part.__qualname__] if callable(part) else part
