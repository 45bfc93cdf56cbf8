"""Says where a number comes from: command, commit, versions, device and a hash of the source."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import subprocess
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import smile
from smile.digests import SHORT

#: The folder that holds smile/, bench/ and sweeps/.
ROOT = Path(smile.__file__).parent.parent

#: The file that names the commit where source came without its .git folder, as with `submit`.
SHIPPED = "commit.txt"

#: Suffixes of source files.
SOURCES = (".py", ".vert", ".frag")

#: The packages that can change a result.
PACKAGES = ("numpy", "numba", "scipy", "scikit-learn", "torch", "transformers", "tokenizers", "ray", "optuna")

#: Kinds of tokens that change no result.
_SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING)
#: Kinds of tokens after which a statement begins; and a mark for a string that begins a statement.
_BREAKS, _TEXT = tuple(map(str, (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT))), "\0"


def command_line(module: str, arguments: Sequence[str]) -> str:
    """Returns the command as a user would type it, with arguments quoted where needed.

    It may be shown to others: paths are relative to the working folder or to `~`, and passwords of addresses are gone.
    """
    return " ".join(["python", "-m", module, *(_quote(_shorten(hide_password(one))) for one in arguments)])


def hide_password(text: str) -> str:
    """Returns the text without the password of an address: postgresql://user:password@host, or ...?password=it."""
    # Up to the last @, because people write / and @ into passwords.
    without = re.sub(r"(\w://[^/@\s:]*):\S*@", r"\1:***@", text)
    return re.sub(r"(?i)([?&][^=&\s]*(?:password|passwd|secret|token|key)=)[^&\s]*", r"\1***", without)


def _shorten(argument: str) -> str:
    """The argument with every path in it as seen from the working folder, or else from `~`."""
    for folder, alone, before in _folders():
        # A path begins the argument or follows one of these; a folder whose name begins alike is another.
        path = re.compile(rf"(^|[=,]|:///){re.escape(folder)}(?:(/+)(?=[^/,])|/*(?=,|$))")
        argument = path.sub(lambda found: found[1] + (before if found[2] else alone), argument)  # noqa: B023  # at once
    return argument


def _folders() -> Iterator[tuple[str, str, str]]:
    """(folder, what stands for it, what stands for it before a name): the working folder, then the user's own."""
    for here in dict.fromkeys([str(Path.cwd()), os.environ.get("PWD", "")]):
        if here.strip("/"):
            yield here, ".", ""
    if home := os.environ.get("HOME", "").rstrip("/"):
        yield home, "~", "~/"


def _quote(argument: str) -> str:
    """Quoted for a shell, but for the `~` that it is to replace."""
    head, slash, rest = argument.partition("/")
    return head + slash + (shlex.quote(rest) if rest else "") if head == "~" else shlex.quote(argument)


@cache
def commit() -> str:
    """Returns the commit of the checkout, with "+changes" where tracked source differs; "unknown" elsewhere."""
    if not (ROOT / ".git").exists():
        return (ROOT / SHIPPED).read_text() if (ROOT / SHIPPED).is_file() else "unknown"
    try:
        head = _git("rev-parse", "HEAD")
        # Look at source only: a change of results or documents changes no number.
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "smile", "bench", "sweeps")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+changes" if changed else "")


@cache
def versions() -> dict[str, str]:
    """Returns name -> version of Python and of the packages; leaves out packages that are not installed."""
    found = {"python": platform.python_version(), "smile-fer4d": smile.__version__}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def device() -> str:
    """Returns the name of the GPU, or the processor with its widest vector instructions and its number of cores.

    Vectors of another width add in another order, and so train other weights.
    """
    import torch

    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{platform.machine()} CPU ({torch.backends.cpu.get_cpu_capability()}), {os.cpu_count()} cores"


@cache
def source_hash(*folders: str) -> str:
    """Returns the first 16 hexadecimal digits of the SHA-256 over every source file in `folders`, relative to ROOT."""
    return _hash_files(folders, Path.read_bytes)


@cache
def code_hash(*folders: str) -> str:
    """Returns the same hash over the code alone, so that a new comment, docstring or line break keeps old results."""
    return _hash_files(folders, read_code)


def _hash_files(folders: Iterable[str], read: Callable[[Path], bytes]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        if not (ROOT / folder).exists():
            raise FileNotFoundError(ROOT / folder)
        found = (file for file in (ROOT / folder).rglob("*") if file.suffix in SOURCES)
        for file in sorted(found) or [ROOT / folder]:
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + read(file) + b"\0")
    return digest.hexdigest()[:SHORT]


def read_code(file: Path) -> bytes:
    """Returns the tokens of a Python file, one per line, without comments and docstrings; other files unchanged."""
    if file.suffix != ".py":
        return file.read_bytes()
    code: list[str] = []
    with file.open("rb") as opened:
        for token in tokenize.tokenize(opened.readline):
            if token.type == tokenize.NEWLINE and code and code[-1].startswith(_TEXT):
                code.pop()
            elif token.type not in _SILENT:
                begins = not code or code[-1] in _BREAKS
                code.append(
                    _TEXT * (token.type == tokenize.STRING and begins) + (token.string.strip() or str(token.type))
                )
    return "\n".join(code).encode()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
