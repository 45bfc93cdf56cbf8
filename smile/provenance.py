"""Where a number comes from: command, commit, versions, device and a hash of the source."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import smile

#: The folder that holds smile/, bench/ and sweeps/.
ROOT = Path(smile.__file__).parent.parent

#: Suffixes of what a program is written in.
SOURCES = (".py", ".vert", ".frag")

#: The packages that can change a result.
PACKAGES = ("numpy", "numba", "scipy", "scikit-learn", "torch", "transformers", "tokenizers", "ray", "optuna")


def command_line(module: str, arguments: Sequence[str]) -> str:
    """The command as a user would type it, with the arguments quoted where needed."""
    return shlex.join(["python", "-m", module, *arguments])


@cache
def commit() -> str:
    """Commit of the checkout, "+changes" appended where tracked files differ; "unknown" outside a checkout."""
    if not (ROOT / ".git").exists():
        return "unknown"
    try:
        head = _git("rev-parse", "HEAD")
        # Results and documents do not change what is computed.
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "smile", "bench", "sweeps")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+changes" if changed else "")


@cache
def versions() -> dict[str, str]:
    """Python and package name -> version; packages that are absent are left out."""
    found = {"python": platform.python_version(), "smile-fer4d": smile.__version__}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def device() -> str:
    """The GPU's name, or the processor and its core count."""
    import torch

    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{platform.machine()} CPU, {os.cpu_count()} cores"


@cache
def source_hash(*folders: str) -> str:
    """First 16 hexadecimal digits of the SHA-256 over every source file below `folders` (relative to ROOT)."""
    digest = hashlib.sha256()
    for folder in folders:
        if not (ROOT / folder).exists():
            raise FileNotFoundError(ROOT / folder)
        found = (file for file in (ROOT / folder).rglob("*") if file.suffix in SOURCES)
        for file in sorted(found) or [ROOT / folder]:
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
