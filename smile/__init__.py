"""Pretrains a face-and-text model on rendered views of 3D and 4D faces (SMILE-VLM)."""

import os
import stat
from pathlib import Path

# Set this before torch starts its threads. A thread that waits for another spins for about 30 microseconds, then it
# sleeps. GNU OpenMP's default of three milliseconds makes a training step up to twenty times as slow where another
# program wants the cores. No spinning makes a step a third slower where the machine is idle (docs/log.md).
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

__version__ = "0.1.0"


def _place_compiled() -> None:
    """Names a folder for what numba compiles where it would find none: a tree and a home that cannot be written."""
    tree = {file.parent for file in Path(__file__).parent.rglob("*.py")}
    # Of a user that the system does not know, as in a container, nothing is expanded and nothing raised.
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111
    if all(_takes_files(folder / "__pycache__") for folder in tree) or (home.is_absolute() and _takes_files(home)):
        return
    import tempfile

    own = Path(tempfile.gettempdir(), f"smile-numba-{os.geteuid()}")
    own.mkdir(mode=0o700, exist_ok=True)
    facts = own.lstat()
    # What lies there is run: a folder that another user made is passed over.
    ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o022
    place = str(own) if ours else tempfile.mkdtemp(prefix="smile-numba-")
    os.environ["NUMBA_CACHE_DIR"] = place
    os.environ.setdefault("MPLCONFIGDIR", place)  # or matplotlib warns of the same home


def _takes_files(folder: Path) -> bool:
    """Whether files can be written there, in folders that may have to be made."""
    try:
        above = next(path for path in (folder, *folder.parents) if path.exists())
        return above.is_dir() and os.access(above, os.W_OK)
    except OSError:  # nobody may look into a folder above, as into /root
        return False


def _drop_junk() -> None:
    """Forgets a number of threads that is none: numba prints a trace at a word, and ends with one at zero."""
    threads = os.environ.get("NUMBA_NUM_THREADS", "1")
    if not threads.isdecimal() or int(threads) < 1:
        del os.environ["NUMBA_NUM_THREADS"]


_drop_junk()

if "NUMBA_CACHE_DIR" not in os.environ:
    _place_compiled()
