"""TABLE CHECKS: looks at this machine: processor, memory, disk, limits, folders, names and the token."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from smile.doctor.finding import BROKEN, WEAK, Finding, rate
from smile.provenance import ROOT

#: Bytes below which a run of some size fails: of free memory, of free disk, and of /dev/shm.
LEAST_MEMORY, LEAST_DISK, LEAST_SHARED = 4e9, 10e9, 2e9
#: Open files below which Ray fails on a cluster of some nodes.
LEAST_FILES = 65536
#: Bytes of a folder's name above which Ray's sockets get names that the system refuses.
LONGEST_FOLDER = 39


def check_python() -> Finding:
    """Looks at Python and at the versions that requirements.lock names."""
    said, lock = f"Python {platform.python_version()}", ROOT / "requirements.lock"
    others = find_other_versions(lock.read_text()) if lock.is_file() else []
    named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    remedy = "pip install -c requirements.lock -e . in every node's environment"
    return rate("python", f"{said}, {named or 'packages as locked'}", WEAK if others else "", remedy)


def find_other_versions(lock: str) -> list[str]:
    """Returns what is installed in another version than the text of a lock file names, e.g. "ray 2.59 (2.60)"."""
    found = []
    for line in lock.splitlines():
        name, equals, wanted = line.partition("==")
        if not equals or name.startswith("#"):
            continue
        try:
            has = metadata.version(name).partition("+")[0]
        except metadata.PackageNotFoundError:
            continue  # an extra that is not installed
        if has != wanted:
            found.append(f"{name} {has} (locked: {wanted})")
    return found


def check_cores() -> Finding:
    """Looks at the cores that this process may use, and at how busy they are."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    said = f"{cores} cores, load {load:.1f}"
    return rate("cores", said, WEAK if load > 2 * cores else "", "wait until other programs end: times will be off")


def check_memory() -> Finding:
    """Looks at free memory, within the limit of a container."""
    free, total = read_memory(Path("/proc/meminfo").read_text(), read_limit(Path("/sys/fs/cgroup")))
    said = f"{free / 1e9:.1f} GB free of {total / 1e9:.1f}"
    return rate("memory", said, WEAK if free < LEAST_MEMORY else "", "end other programs, or set training.micro_batch")


def read_memory(meminfo: str, limit: float) -> tuple[float, float]:
    """Returns (free, all) bytes from the text of /proc/meminfo; a container has `limit` of them."""
    rows = (line.split() for line in meminfo.splitlines())
    kilobytes = {row[0].rstrip(":"): float(row[1]) for row in rows if len(row) > 1}
    total = min(1024 * kilobytes["MemTotal"], limit)
    return min(1024 * kilobytes["MemAvailable"], total), total


def read_limit(group: Path) -> float:
    """Returns the bytes that the control group of this process may use; infinite without a limit."""
    try:
        return float((group / "memory.max").read_text())
    except (OSError, ValueError):  # "max", or another version of control groups
        return float("inf")


def check_disk() -> Finding:
    """Looks at the room in the working folder and in the folder for temporary files."""
    places = {str(Path.cwd()): "here", tempfile.gettempdir(): "for temporary files"}
    free = {place: shutil.disk_usage(place).free for place in places}
    said = ", ".join(f"{size / 1e9:.0f} GB free {places[place]}" for place, size in free.items())
    return rate("disk", said, WEAK if min(free.values()) < LEAST_DISK else "", "make room, or set TMPDIR elsewhere")


def check_shared_memory(place: Path = Path("/dev/shm")) -> Finding:  # where Ray keeps objects
    """Looks at the folder in which Ray keeps objects in memory."""
    if not place.is_dir():
        return Finding("/dev/shm", WEAK, "is not there", "mount a tmpfs there: Ray keeps objects in it")
    size = shutil.disk_usage(place).free
    remedy = "in a container: --shm-size=4gb; else Ray keeps objects on disk, which is slow"
    return rate("/dev/shm", f"{size / 1e9:.1f} GB free", WEAK if size < LEAST_SHARED else "", remedy)


def check_files() -> Finding:
    """Looks at the limit of open files."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    few = limit != resource.RLIM_INFINITY and limit < LEAST_FILES
    return rate(
        "open files",
        f"at most {limit}",
        WEAK if few else "",
        "before ray start: . cluster/environment.sh, which raises it; or limits.conf, nofile",
    )


def check_home() -> Finding:
    """Looks at HOME, where the token lies."""
    home = os.environ.get("HOME", "")
    good = bool(home) and Path(home).is_dir() and os.access(home, os.W_OK)
    said = f"{home or 'not set'}{'' if good else ' is no folder that can be written' if home else ''}"
    return rate("HOME", said, "" if good else WEAK, "set HOME: Ray keeps its token there")


def check_temporary() -> Finding:
    """Looks at TMPDIR: writable, and short enough for the names of Ray's sockets."""
    place = tempfile.gettempdir()
    long = len(os.fsencode(place)) > LONGEST_FOLDER
    remedy = f"`ray start` refuses it: give it --temp-dir with a name of at most {LONGEST_FOLDER} letters"
    return rate("TMPDIR", place, WEAK if long else "", remedy)


def check_token(file: Path | None = None) -> Finding:
    """Looks at who may read the token of Ray."""
    home = Path(os.environ.get("HOME", ""), ".ray", "auth_token")
    file = file or Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or home)
    if "RAY_AUTH_TOKEN" in os.environ:
        return Finding("token", WEAK, "in the environment, where every program of yours sees it", f"put it into {file}")
    if not file.is_file():
        return rate("token", "none yet; Ray makes one", "", "")
    mode = stat.S_IMODE(file.stat().st_mode)
    return rate("token", f"{file}, mode {mode:04o}", BROKEN if mode & 0o077 else "", f"chmod 600 {file}")


def check_name() -> Finding:
    """Looks at the address that this host's name has: workers on several hosts use it."""
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        address = "no address"
    wrong = address.startswith("127.") or not address[:1].isdigit()
    good = not wrong or "GLOO_SOCKET_IFNAME" in os.environ
    remedy = "before `ray start` on several hosts: . cluster/environment.sh, which names the interface"
    return rate("host name", f"{name} is {address}", "" if good else WEAK, remedy)


CHECKS: tuple[Callable[[], Finding], ...] = (
    *(check_python, check_cores, check_memory, check_disk, check_shared_memory, check_files),
    *(check_home, check_temporary, check_token, check_name),
)
