"""Writes <out>/index.html: one file that holds its data, its style and its script, with figures beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.page.content import collect
from bench.page.gallery import Gallery
from bench.record import Record
from bench.suites import Suite
from smile.atomic import write_text

_HERE = Path(__file__).parent


#: Where no faces are at hand.
NO_FACES = Gallery()


def write_page(out: Path, results: Mapping[str, tuple[Suite, Sequence[Record]]], gallery: Gallery = NO_FACES) -> Path:
    """Writes the page of all suites, suite name -> suite and its records, with the pictures of a gallery.

    Equal records and faces give equal bytes.
    """
    path = out / "index.html"
    write_text(path, render_page(results, gallery))
    return path


def render_page(results: Mapping[str, tuple[Suite, Sequence[Record]]], gallery: Gallery = NO_FACES) -> str:
    """Returns the page. No name of a clip or a person can end the script: every "<" in the data is escaped."""
    data = json.dumps(collect(results, gallery), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = {name: (_HERE / f"page.{name}").read_text(encoding="utf-8") for name in ("html", "js")}
    page = parts["html"].replace("/* STYLE */", read_style()).replace("/* SCRIPT */", parts["js"])
    return page.replace("DATA", data)


def read_style() -> str:
    """Returns the style of the page, which other pages of results share."""
    return (_HERE / "page.css").read_text(encoding="utf-8")
