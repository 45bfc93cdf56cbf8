"""TABLE FILES: which template becomes which file; fills templates in, and compares them with what is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from cluster.settings import ROOT, read_values

TEMPLATES = Path(__file__).parent / "templates"

#: Path of a written file, from the root of the project -> its template.
FILES = {
    "cluster.yaml": "aws.yaml",
    "cluster/local.yaml": "local.yaml",
    "cluster/kuberay/namespace.yaml": "kuberay/namespace.yaml",
    "cluster/kuberay/raycluster.yaml": "kuberay/raycluster.yaml",
    "cluster/kuberay/rayjob.yaml": "kuberay/rayjob.yaml",
    "cluster/slurm.sh": "slurm.sh",
    "cluster/compose.yaml": "compose.yaml",
    "cluster/Dockerfile": "Dockerfile",
    "cluster/Dockerfile.dockerignore": "dockerignore",
}

#: What several files hold: name -> the template of the part, and values that are its alone.
PARTS: dict[str, tuple[str, dict[str, str]]] = {
    "setup": ("setup.yaml", {}),
    "start": ("start.yaml", {"scaler": ""}),
    "start_local": ("start.yaml", {"scaler": "RAY_enable_autoscaler_v2=0 "}),
    "pods": ("kuberay/pods.yaml", {}),
}

_NAME = re.compile(r"@(\w+)@")
_LINE = re.compile(r"^( *)@(\w+)@$", re.MULTILINE)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replaces each `@name@` by its value; raises KeyError on an unknown name.

    A name that stands alone on its line may have a value of several lines: each is indented as the name was.
    """
    whole = _LINE.sub(lambda found: _indent(values[found[2]], found[1]), template)
    return _NAME.sub(lambda found: values[found[1]], whole)


def make_files(root: Path = ROOT) -> dict[str, str]:
    """Returns path -> content of every file, with the versions of the project at `root`."""
    values = read_values(root)
    for name, (template, own) in PARTS.items():
        values[name] = fill(_read(template), {**values, **own}).rstrip("\n")
    return {path: fill(_read(template), values) for path, template in FILES.items()}


def find_stale(root: Path = ROOT) -> list[str]:
    """Returns the paths of files that differ from what their templates say."""
    made = make_files(root)
    return [path for path, text in made.items() if not (root / path).is_file() or (root / path).read_text() != text]


def _read(template: str) -> str:
    return (TEMPLATES / template).read_text()


def _indent(text: str, blanks: str) -> str:
    return "\n".join(blanks + line if line else line for line in text.split("\n"))
