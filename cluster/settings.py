"""Holds what the files of all kinds of clusters share: versions of the lock file, ports, sizes, what stays at home."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: What no node gets: data, results, caches and secrets. The .git folder goes along, as records name the commit, but its
#: settings stay: the address of a remote may hold a password. Ray leaves these out of every mount, also out of that of
#: the token: its name must not be here.
KEPT_AT_HOME = (
    *("/.venv", "/.venv-lock", "/cache", "/data", "/runs", "/work", "/results"),
    *(".env", "*.pem", "*.key", ".netrc", "/.git/config"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", "**/__pycache__"),
)


@dataclass(frozen=True)
class Sizes:
    """Holds the defaults of every kind of cluster; each may be edited in the written file of one kind."""

    name: str = "smile-fer4d"
    region: str = "us-west-2"  # of AWS
    head_type: str = "m6i.2xlarge"  # no GPU; 8 cores, 32 GB: draws settings and keeps the results
    gpu_type: str = "g5.2xlarge"  # one A10G of 24 GB, 8 cores, 32 GB
    gpu_cores: int = 8  # of a worker
    gpu_memory: int = 28  # GiB of main memory that a worker's pod asks for, of 32
    most_workers: int = 8
    idle_minutes: int = 5  # until an idle worker is ended
    disk: int = 150  # GB of a node
    shared: str = "/mnt/smile"  # the folder that all nodes see: data, caches, checkpoints, studies
    port: int = 6379  # of the head: joining
    objects_port: int = 8076  # of each node: passing objects
    dashboard_port: int = 8265  # of the head: dashboard and jobs


def read_versions(root: Path = ROOT) -> dict[str, str]:
    """Returns the versions that all nodes share: project, oldest Python, Ray and torch.

    Example: {"project": "0.1.0", "python": "3.11", "ray": "2.60.0", "torch": "2.13.0"}. The versions of packages are
    those of requirements.lock. Raises ValueError where one of the files does not name a version.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lock, package = (root / "requirements.lock").read_text(), (root / "smile" / "__init__.py").read_text()
    return {
        "project": _find(r'^__version__ = "([\d.]+)"', package),
        "python": _find(r"^>=(\d+\.\d+)$", project["requires-python"]),
        **{name: _find(rf"^{name}==([\w.]+)$", lock) for name in ("ray", "torch")},
    }


def read_values(root: Path = ROOT) -> dict[str, str]:
    """Returns name -> text of all that a template may name as `@name@`."""
    values = {**{name: str(value) for name, value in asdict(Sizes()).items()}, **read_versions(root)}
    return {
        **values,
        "image": f"{values['name']}:{values['project']}-ray{values['ray']}",
        "idle_seconds": str(60 * Sizes.idle_minutes),
        "excludes": "\n".join(f'- "{pattern}"' for pattern in KEPT_AT_HOME),
        "ignored": "\n".join(map(_ignore, KEPT_AT_HOME)),
    }


def _ignore(pattern: str) -> str:
    """Returns a pattern of rsync as Docker writes it: to Docker, a bare name is one of the uppermost folder alone."""
    return pattern.removeprefix("/") if pattern.startswith(("/", "**/")) else f"**/{pattern}"


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise ValueError(f"no line is like {pattern}")
    return found[1]
