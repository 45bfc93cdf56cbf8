"""Finds methods that are not part of this project: in a user's module, in an installed package, in a saved model."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from bench.methods import METHODS
from bench.methods.method import Method
from smile.digests import digest, digest_file
from smile.errors import UserError, unknown

#: Entry points of installed packages in this group name methods: `mine = "mypackage.mymodule:METHOD"`.
GROUP = "smile.methods"


def adopt(named: Sequence[str], models: Sequence[str]) -> tuple[str, ...]:
    """Adds methods and saved models to METHODS; returns their names, in order, each once.

    `named` are names of METHODS, of entry points, or MODULE:ATTRIBUTE; `models` are folders or hub names.
    Raises UserError where one cannot be found or is no method, and where a name is taken.
    """
    found: dict[str, Method] = {}
    for name, method in (*map(_find, named), *map(_open, models)):
        others = {one.title for other, one in (METHODS | found).items() if other != name}
        if method.title in others or found.get(name, method) != method:
            raise UserError(f"two methods are called {method.title!r}; rename one, or its folder")
        found[name] = method
    METHODS.update(found)
    return tuple(found)


def _find(text: str) -> tuple[str, Method]:
    if text in METHODS:
        return text, METHODS[text]
    entries = {entry.name: entry.value for entry in metadata.entry_points(group=GROUP)}
    place = entries.get(text, text)
    if ":" not in place:
        raise unknown("method", text, (*METHODS, *entries))
    return _name(text), _load(place)


def _load(place: str) -> Method:
    """Returns the method MODULE:ATTRIBUTE, with a digest of the module's file as its source."""
    module_name, _, attribute = place.partition(":")
    if not all(word.isidentifier() for word in (*module_name.split("."), attribute)):
        raise UserError(f"--method {place!r}: say MODULE:NAME, as in --method mypackage.mymodule:METHOD")
    try:
        module = _import(module_name)
        method = getattr(module, attribute)
    except AttributeError:
        raise UserError(f"--method {place}: the module has no {attribute!r}") from None
    if not isinstance(method, Method):
        raise UserError(f"--method {place}: a {type(method).__name__} is no bench.methods.method.Method")
    return replace(method, source=digest([place, digest_file(Path(inspect.getfile(module)))]))


def _import(name: str) -> Any:
    """Imports a module from the working folder or the environment."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it imports is not: its own trace tells more
        raise UserError(f"--method {name}: there is no such module here or in the environment") from None
    finally:
        sys.path.remove(str(Path.cwd()))


def _open(place: str) -> tuple[str, Method]:
    from bench.methods.vision_language.saved_model import open_saved  # imports torch, for which --list must not wait

    method = open_saved(place)
    return _name(method.title), method


def _name(text: str) -> str:
    """Returns a name that can be that of a file: mypackage.mymodule:METHOD becomes mypackage.mymodule.METHOD."""
    return re.sub(r"[^\w.-]+", ".", text).strip(".")
