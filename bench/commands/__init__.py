"""TABLE COMMANDS: the commands of python -m bench.run beside measuring a suite, one command per file.

A command is a module with `add_arguments` and `act`; its first sentence is its help. The class of smile.run's commands
is not used here: it lies beside code that is compiled, for which --list must not wait.
"""

from __future__ import annotations

from types import ModuleType

from bench.commands import audit, compare, features, replay, show, tune

COMMANDS: dict[str, ModuleType] = {
    "audit": audit,
    "compare": compare,
    "features": features,
    "replay": replay,
    "show": show,
    "tune": tune,
}


def about(command: ModuleType) -> str:
    """Returns the line of help of a command: what follows the colon of its first sentence."""
    return (command.__doc__ or "").splitlines()[0].partition(": ")[2].rstrip(".")
