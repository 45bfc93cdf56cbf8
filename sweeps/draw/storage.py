"""EDGE optuna: opens Optuna's database, a copy of the records that its dashboard shows while a sweep runs."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from smile.errors import UserError
from smile.provenance import hide_password
from smile.workers.full_disk import find_full

#: File systems on which SQLite loses its locks, as Linux calls them (https://www.sqlite.org/faq.html#q5).
REMOTE = re.compile(r"nfs\d*|cifs|smb\d*|afs|9p|ncpfs|fuse\.(sshfs|glusterfs|s3fs|gcsfuse|rclone)")
MOUNTS = Path("/proc/self/mountinfo")
_SQLITE = "sqlite:///"
#: What has a meaning in a URL, or in the template that Optuna takes a URL for.
_MEANINGFUL = re.compile("[%?{}]")
#: Seconds until a server of PostgreSQL that says nothing counts as gone; its library would wait for minutes.
PATIENCE = "10"


def open_storage(url: str, name: str, trials: Sequence[Any], modes: Sequence[str] = ("max",)) -> Any:
    """Opens Optuna's storage at `url`, with a new study of that name that holds the trials; a mode for each objective.

    Raises UserError where it cannot be used, and for SQLite on a network file system, whose locks cannot be trusted.
    """
    import optuna

    refuse_remote(url)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        backend = optuna.storages.RDBStorage(url.replace("{", "{{").replace("}", "}}"))
        if name in {known.study_name for known in backend.get_all_studies()}:
            optuna.delete_study(study_name=name, storage=backend)
        directions = [f"{mode}imize" for mode in modes]
        optuna.create_study(study_name=name, storage=backend, directions=directions).add_trials(trials)
    except Exception as error:
        raise explain(url, error) from error
    return backend


def explain(url: str, error: BaseException) -> OSError | UserError:
    """Returns what is wrong with the storage at `url`: a full disk, which names SQLite's file, or one line."""
    if find_full(error) and url.startswith(_SQLITE):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(_find_file(url)))
    while error.__cause__:  # Optuna tells of its own, and SQLAlchemy why
        error = error.__cause__
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return UserError(f"study storage {hide_password(url)}: {hide_password(reason)}; {_advise(url)}")


def name_file(file: Path) -> str:
    """Returns the URL of SQLite's database in a file, whatever letters its path has."""
    return _SQLITE + _MEANINGFUL.sub(lambda found: f"%{ord(found[0]):02X}", str(file.resolve()))


def require_database(url: str) -> None:
    """Raises UserError where the URL names no database that lets us in: faces are drawn before Optuna asks it."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    os.environ.setdefault("PGCONNECT_TIMEOUT", PATIENCE)  # also for Optuna
    try:
        make_url(url).get_dialect().import_dbapi()
        if url.startswith("sqlite"):  # a file, which asking would make
            return
        with create_engine(url, poolclass=NullPool).connect():
            pass
    except (ImportError, SQLAlchemyError, ValueError, OSError) as error:
        raise explain(url, error) from None


def require_folder(url: str) -> None:
    """Raises UserError where SQLite would find no folder for its file."""
    file = _find_file(url)
    if url.startswith(_SQLITE) and (file.is_dir() or not file.parent.is_dir()):
        remedy = "name a file, as in sqlite:////tmp/study.db; four slashes begin a path from the root"
        raise UserError(
            f"study storage {file}: {'is a folder' if file.is_dir() else 'its folder is not there'}; {remedy}"
        )


def refuse_remote(url: str, mounts: Path = MOUNTS) -> None:
    """Raises UserError where a database of SQLite would lie on a network file system."""
    if not url.startswith(_SQLITE):
        return
    file = _find_file(url)
    kind = find_file_system(file, mounts)
    if REMOTE.fullmatch(kind):
        raise UserError(
            f"study storage {file}: lies on {kind}, where SQLite cannot be trusted; name a local file by --storage "
            "sqlite:////tmp/study.db (it is made anew from the records), or a server by --storage postgresql://..."
        )


def find_file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """Returns the kind of the file system on which `path` lies or would lie, e.g. "ext4"; "" where nothing tells."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:  # not Linux
        return ""
    found: tuple[int, str] = (-1, "")
    whole = path.resolve()
    for line in lines:
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), before.split(" ")[4])
        if whole.is_relative_to(point):
            found = max(found, (len(point), after.split(" ")[0]), key=lambda one: one[0])
    return found[1]


def _find_file(url: str) -> Path:
    return Path(unquote(url.removeprefix(_SQLITE).partition("?")[0]))


def _advise(url: str) -> str:
    if url.startswith("sqlite"):
        return "a damaged study.db can be deleted: it is made anew from the records"
    return "look whether the server runs and the name is right; PostgreSQL needs: pip install 'psycopg[binary]'"
