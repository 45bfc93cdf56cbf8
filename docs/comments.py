"""An extension of griffe: the comment beside a field belongs to the reference, as it does to the code."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from griffe import Attribute, Class, Docstring, Extension, Object


class Comments(Extension):
    """Reads comments, and keeps what docstrings say from being read as HTML."""

    def on_attribute_instance(self, *, attr: Attribute, **_: Any) -> None:
        """Gives a constant the comment above it that begins with "#:"."""
        if attr.docstring is None and attr.parent is not None and attr.parent.is_module:
            said = find_comment_above(attr)
            if said:
                attr.docstring = Docstring(escape_html(said), lineno=attr.lineno, parent=attr)

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Escapes what Markdown would take for HTML, outside of code."""
        if obj.docstring is not None:
            obj.docstring.value = escape_html(obj.docstring.value)

    def on_class_members(self, *, cls: Class, **_: Any) -> None:
        """Adds to the docstring of a class a line for each public field: its name, type and comment."""
        lines = list(_list_fields(cls))
        if lines and cls.docstring is not None:
            cls.docstring.value = "\n".join([cls.docstring.value, "", *lines])


def escape_html(text: str) -> str:
    """Returns the text with each "<" escaped, where it is no code between backticks."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))


def find_comment_beside(attribute: Attribute) -> str:
    """Returns the comment on the last line of a field, or the whole-line comments above the field."""
    known = read_comments(_file_of(attribute))
    beside, text = known.get(attribute.endlineno or 0, (False, ""))
    return _plain(text) if beside else " ".join(map(_plain, _list_above(attribute)))


def find_comment_above(attribute: Attribute) -> str:
    """Returns the whole-line comments above a constant where they begin with "#:"; "" otherwise."""
    above = _list_above(attribute)
    return " ".join(map(_plain, above)) if above and above[0].startswith("#:") else ""


@cache
def read_comments(path: Path) -> dict[int, tuple[bool, str]]:
    """Returns line -> (whether code stands before it, the comment)."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return {
        token.start[0]: (bool(token.line[: token.start[1]].strip()), token.string)
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _list_fields(cls: Class) -> Iterator[str]:
    for name, member in cls.members.items():
        if name.startswith("_") or not isinstance(member, Attribute) or member.annotation is None:
            continue
        if "property" not in member.labels:
            said = find_comment_beside(member)
            yield f"- `{name}: {member.annotation}`" + (f": {escape_html(said)}" if said else "")


def _list_above(attribute: Attribute) -> list[str]:
    known, above, line = read_comments(_file_of(attribute)), [], (attribute.lineno or 0) - 1
    while line in known and not known[line][0]:
        above.insert(0, known[line][1])
        line -= 1
    return above


def _file_of(attribute: Attribute) -> Path:
    path = attribute.filepath
    return path if isinstance(path, Path) else path[0]


def _plain(comment: str) -> str:
    return comment.lstrip("#: ")
