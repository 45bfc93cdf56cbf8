"""Packs what a job needs of this checkout, and unpacks what a job wrote: never data, secrets or other files."""

from __future__ import annotations

import base64
import binascii
import io
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smile import provenance
from smile.atomic import move_folder, temporary_folder
from smile.errors import UserError

#: The folders of source, and the suffixes of what goes along from them; and the files beside them.
FOLDERS, SUFFIXES = ("smile", "bench", "sweeps"), (*provenance.SOURCES, ".json", ".html", ".css", ".js")
FILES = ("pyproject.toml", "requirements.lock", "LICENSE")

#: What frames a parcel in the log of a job.
BEGIN, END = "-----BEGIN SMILE PARCEL-----", "-----END SMILE PARCEL-----"
#: A frame is whole lines: the log also shows the command that prints it.
_FRAME = re.compile(rf"^{BEGIN}$(.*?)^{END}$", re.MULTILINE | re.DOTALL)
#: Megabytes above which results stay where they are.
MOST = 200


@contextmanager
def packed(root: Path = provenance.ROOT) -> Iterator[Path]:
    """Yields a temporary folder with the source of this checkout, and the name of its commit for records."""
    with temporary_folder("smile-parcel-") as stage:
        for file in list_source(root):
            (stage / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / file, stage / file)
        (stage / provenance.SHIPPED).write_text(provenance.commit())
        yield stage


def list_source(root: Path) -> list[Path]:
    """Returns the files that are shipped, relative to `root`, in order; links that lead elsewhere are left out."""
    found = [file for folder in FOLDERS for file in (root / folder).rglob("*") if file.suffix in SUFFIXES]
    found += [root / name for name in FILES]
    kept = [file for file in found if file.is_file() and not file.is_symlink()]
    return sorted(file.relative_to(root) for file in kept)


def wrap(place: str) -> str:
    """Returns the shell command that prints what lies in a folder as a parcel, without caches and unfinished work.

    `place` is already quoted for the shell.
    """
    there = f"[ -d {place} ] || {{ echo 'the job wrote nothing on this head' >&2; exit 3; }}"
    size = f"size=$(du -sm --exclude=cache --exclude=work {place} | cut -f 1)"
    refuse = f'[ "$size" -le {MOST} ] || {{ echo "$size MB are more than {MOST}" >&2; exit 3; }}'
    tar = f"tar -C {place} --exclude=cache --exclude=work -czf - . | base64"
    return f"set -e; {there}; {size}; {refuse}; echo '{BEGIN}'; {tar}; echo '{END}'"


def unwrap(log: str, out: Path) -> list[str]:
    """Writes the files of the parcel in a job's log below the new folder `out`; returns their names.

    Raises UserError where the log holds no whole parcel, or one with a path that leads out of the folder.
    """
    found = _FRAME.search(log)
    if not found:
        raise UserError(f"the job's log holds no results: {(log.strip().splitlines() or ['it is empty'])[-1]}")
    out.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(".smile-parcel-", out.parent) as place:
        stage = place / "results"
        try:
            with tarfile.open(fileobj=io.BytesIO(base64.b64decode(found[1])), mode="r:gz") as opened:
                opened.extractall(stage, filter="data")
        except (tarfile.TarError, binascii.Error, EOFError, OSError) as error:
            raise UserError(f"the results came damaged: {error}; fetch them again") from error
        move_folder(stage, out)
    return sorted(file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file())
