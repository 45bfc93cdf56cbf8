"""Defines what a command of smile.run provides: a line of help, its arguments, and its action."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from smile.progress import Reporter


@dataclass(frozen=True)
class Command:
    """Describes a command, e.g. `python -m smile.run check`.

    A command imports what it needs only when it acts, so that `--help` stays quick.
    """

    about: str  # line of help
    add_arguments: Callable[[argparse.ArgumentParser], None]
    act: Callable[[argparse.Namespace, Reporter], int]  # returns the exit status; raises UserError for a mistake
