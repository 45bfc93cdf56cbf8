"""Writes <out>/index.html: a page with a section for each study, in the look of the leaderboards' page.

A browser opens the page from disk, and the page asks no network for anything; the figures lie beside it.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from bench.page.page import read_style
from smile.atomic import write_text
from sweeps.archive import find_archive
from sweeps.figures.drawing import find_figures

#: What the page may load: nothing but its own style and the images beside it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file: data:"
#: Beside the style of the leaderboards: a report has paragraphs, and code in lines of its own.
_STYLE = (
    "pre { overflow-x: auto; } section { margin-bottom: 2rem; } td { white-space: normal; } "
    "th code { overflow-wrap: normal; background: none; padding: 0; }"
)


def write_studies_page(out: Path) -> Path:
    """Writes the page of all studies whose report and trials lie directly in `out`; equal reports give equal bytes."""
    names = [path.stem for path in sorted(out.glob("*.md")) if find_archive(path.stem, out).exists()]
    path = out / "index.html"
    write_text(path, render_studies({name: (out / f"{name}.md").read_text(encoding="utf-8") for name in names}))
    return path


def render_studies(reports: dict[str, str]) -> str:
    """Returns the page of reports in markdown, by the name of their study; markup inside a report is text."""
    titles = "".join(f'<li><a href="#{_escape(name)}">{_escape(name)}</a></li>' for name in reports)
    sections = "".join(
        f'<section id="{_escape(name)}">\n{render_report(name, text)}</section>\n' for name, text in reports.items()
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<title>SMILE-VLM: sweeps</title>\n'
        f'<link rel="icon" href="data:,">\n<style>{read_style()}\n{_STYLE}</style>\n</head>\n<body>\n'
        '<a class="skip" href="#main">Skip to the studies</a>\n<header><h1>SMILE-VLM: sweeps</h1>\n'
        f'<nav aria-label="Studies"><ul>{titles}</ul></nav></header>\n'
        f'<main id="main" tabindex="-1">\n{sections}</main>\n</body>\n</html>\n'
    )


def render_report(name: str, text: str) -> str:
    """Returns a report of markdown as HTML, its title one level below that of the page."""
    from markdown_it import MarkdownIt

    body = str(MarkdownIt("js-default", {"linkify": False}).render(text))
    body = re.sub(r"<(/?)h([12])>", lambda found: f"<{found[1]}h{int(found[2]) + 1}>", body)
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    return body.replace(f'<img src="{find_figures(name)}/', f'<img loading="lazy" src="{find_figures(name)}/').replace(
        '<p><img loading="lazy"', '<p class="figures"><img loading="lazy"'
    )


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
