"""python -m smile.run settings: lists every setting with its default, its limits and its meaning."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import io
import textwrap
import tokenize
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from smile import config
from smile.errors import unknown
from smile.progress import Reporter

#: Most columns of a line.
WIDTH = 100


@dataclasses.dataclass(frozen=True)
class Known:
    """Describes one setting: everything that a user needs to choose a value."""

    key: str  # e.g. "losses.alignment.weight"
    default: str
    allowed: str  # limits of a number, or the words there are
    meaning: str  # with its unit, where it has one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.add_argument("group", nargs="?", default="", help="only settings that begin so, e.g. rendering")


def act(options: argparse.Namespace, _reporter: Reporter) -> int:
    """Prints the settings; raises UserError where none begins as asked."""
    every = list(list_settings())
    shown = [one for one in every if one.key.startswith(options.group)]
    if not shown:
        raise unknown("group of settings", options.group, {one.key.rpartition(".")[0] for one in every})
    print("\n".join(line for one in shown for line in _describe(one)))
    return 0


def list_settings(group: Any = config.Config, prefix: str = "") -> Iterator[Known]:
    """Yields every setting of a config in the order of declaration; the comment beside it is its meaning."""
    kinds, comments = typing.get_type_hints(group, include_extras=True), _read_comments(group)
    for entry in dataclasses.fields(group):
        kind, key = kinds[entry.name], prefix + entry.name
        if dataclasses.is_dataclass(kind):
            yield from list_settings(kind, key + ".")
        else:
            yield Known(key, _show(entry.default), _allow(kind), comments.get(entry.name, ""))


def _describe(one: Known) -> Iterator[str]:
    yield f"{one.key} = {one.default}" + (f"   ({one.allowed})" if one.allowed else "")
    yield from textwrap.wrap(one.meaning, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _show(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _allow(kind: Any) -> str:
    if get_origin(kind) is tuple:
        each = _allow(get_args(kind)[0])
        return f"several, by commas; each {each}" if each else "several, by commas"
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if get_origin(kind) is Annotated:
        whole = "whole number, " if get_args(kind)[0] is int else ""
        return f"{whole}{get_args(kind)[1]}"
    return {bool: "true | false"}.get(kind, "")


def _read_comments(group: Any) -> dict[str, str]:
    """Returns name -> comment of each field: behind it, or in whole lines above it."""
    found: dict[str, str] = {}
    above: list[str] = []
    name, depth = "", 0
    for token in tokenize.generate_tokens(io.StringIO(textwrap.dedent(inspect.getsource(group))).readline):
        text = token.string.lstrip("# ")
        depth += (token.string in "([{" and token.type == tokenize.OP) - (
            token.string in ")]}" and token.type == tokenize.OP
        )
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#") and not depth:
            above.append(text)
        elif token.type == tokenize.COMMENT and name:
            found[name] = " ".join([found.get(name, ""), text]).strip()
        elif token.type == tokenize.NAME and token.start[1] == len("    ") and not depth:
            name, above = token.string, _keep(found, token.string, above)
    return found


def _keep(found: dict[str, str], name: str, above: list[str]) -> list[str]:
    """Gives a field the lines above it; returns the lines of the next field, which are none yet."""
    if above:
        found[name] = " ".join(above)
    return []
