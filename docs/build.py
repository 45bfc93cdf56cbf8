"""Hooks of mkdocs: brings in the pages that lie outside of docs/, and writes those that the code knows best."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).resolve().parent.parent

#: Pages outside of docs/ -> their place in the site. Files of docs/ keep theirs, without "docs/".
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "results/speed.md": "results/speed.md",
}
PACKAGES = ("smile", "bench", "sweeps", "cluster")
#: Door -> its commands, each with a help of its own.
DOORS = {
    "bench.run": "bench.commands",
    "smile.run": "smile.commands",
    "sweeps.run": "",
    "bench.speed": "",
    "cluster": "",
}
#: A link or an image: its mark, its text, where it leads, and the place on that page.
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
#: What the plugin "offline" would fetch for the search of pages on a disk -> the copy in this repository.
SHIM, OWN_SHIM = "https://unpkg.com/iframe-worker/shim", "assets/iframe_worker.js"


def on_config(config: Any) -> Any:
    """Adds a page for each folder of code to the navigation."""
    sys.path.insert(0, str(ROOT))  # this checkout, and no other one that may be installed
    (reference,) = (entry["Reference"] for entry in config.nav if "Reference" in entry)
    for package in PACKAGES:
        rooms = [name for name in list_rooms() if name.split(".")[0] == package]
        reference.append({package: [{name: f"reference/{name}.md"} for name in rooms]})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages from outside of docs/, the images that they show, and the pages that are written here."""
    held = {file.src_uri for file in files}
    for source, place in OUTSIDE.items():
        files.append(_copy(config, source, place))
    for image in sorted({image for source in OUTSIDE for image in _list_images(source)}):
        if locate(image) not in held:
            files.append(_copy(config, image, locate(image)))
    pages = {"reference/commands.md": write_commands(), "reference/settings.md": write_settings()}
    pages |= {f"reference/{name}.md": write_room(name, modules) for name, modules in list_rooms().items()}
    for place, text in pages.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:  # noqa: ARG001
    """Turns the links of a page of the repository into links of the site."""
    source = next((own for own, place in OUTSIDE.items() if place == page.file.src_uri), f"docs/{page.file.src_uri}")
    return translate(markdown, source, {file.src_uri for file in files})


def on_post_page(output: str, *, page: Any, config: Any) -> str:  # noqa: ARG001
    """Takes our own copy of a script that the page would fetch from elsewhere."""
    return output.replace(SHIM, posixpath.relpath(OWN_SHIM, posixpath.dirname(page.file.dest_uri)))


def on_post_template(output_content: str, *, template_name: str, config: Any) -> str:  # noqa: ARG001
    """Does the same for pages that no document stands behind, such as 404.html."""
    return output_content.replace(SHIM, f"/{OWN_SHIM}")


def locate(path: str) -> str:
    """Returns the place in the site of a file of the repository."""
    return OUTSIDE.get(path, path.removeprefix("docs/"))


def translate(text: str, source: str, known: set[str]) -> str:
    """Returns the text of the file `source` with each link as the site needs it; code between fences stays.

    A link to a file of the repository that is no page of the site becomes its text. A link to nothing stays as it is,
    and mkdocs refuses it.
    """

    def lead(found: re.Match[str]) -> str:
        mark, words, target, anchor = found.groups("")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if ":" in target or not (ROOT / path).exists():
            return found[0]
        if locate(path) not in known:
            return words
        return f"{mark}[{words}]({posixpath.relpath(locate(path), posixpath.dirname(locate(source)))}{anchor})"

    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if number % 2 else LINK.sub(lead, part) for number, part in enumerate(parts))


def list_rooms() -> dict[str, list[str]]:
    """Returns name of each folder of code, e.g. "smile.losses" -> names of its modules."""
    rooms: dict[str, list[str]] = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py"), key=lambda file: (file.parent, file.name)):
            name = ".".join(file.parent.relative_to(ROOT).parts)
            rooms.setdefault(name, []).extend([] if file.stem == "__init__" else [f"{name}.{file.stem}"])
    return rooms


def write_room(name: str, modules: list[str]) -> str:
    """Returns the page of a folder of code: what the folder is, and every public name of its modules."""
    alone = "{show_root_heading: false, show_root_toc_entry: false, members: false}"
    head = f"# {name}\n\n::: {name}\n    options: {alone}"
    return "\n\n".join([head, *(f"::: {module}" for module in modules)]) + "\n"


def write_settings() -> str:
    """Returns the page of all settings, as `python -m smile.run settings` prints them."""
    from smile.commands.settings import list_settings

    rows = [
        f"| `{one.key}` | `{one.default}` | {one.allowed.replace('|', 'or')} | {_escape(one.meaning)} |"
        for one in list_settings()
    ]
    said = "Change a setting with `--set KEY=VALUE`. `python -m smile.run settings` prints the same in a terminal."
    head = ["# Settings", "", said, "", "| key | default | allowed | meaning |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def write_commands() -> str:
    """Returns the page of all commands: what each prints for --help."""
    parts = ["# Commands", "What each command prints for `--help`."]
    for door, table in DOORS.items():
        names = list(importlib.import_module(table).COMMANDS) if table else []
        for words in [[], *([name] for name in names)]:
            title = " ".join(["python -m", door, *words])
            parts.append(f"{'###' if words else '##'} {title}\n\n```text\n{read_help(door, words)}```")
    return "\n\n".join(parts) + "\n"


def read_help(door: str, words: list[str]) -> str:
    """Returns what a door prints for --help after these words, 100 columns wide."""
    os.environ.update(COLUMNS="100", NO_COLOR="1")
    name = f"{door}.__main__" if (ROOT / door.replace(".", "/")).is_dir() else door
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        importlib.import_module(name).main([*words, "--help"])
    return said.getvalue()


def _copy(config: Any, source: str, place: str) -> File:
    file = File.generated(config, place, abs_src_path=str(ROOT / source))
    file.inclusion = InclusionLevel.INCLUDED
    return file


def _list_images(source: str) -> Iterator[str]:
    """Yields the images that a page shows, as paths in the repository."""
    for mark, _, target, _ in LINK.findall((ROOT / source).read_text(encoding="utf-8")):
        if mark and ":" not in target:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
