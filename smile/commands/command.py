"""The contract of a command: its line of help, its arguments, and what it does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from smile.progress import Reporter


@dataclass(frozen=True)
class Command:
    """One word after `python -m smile.run`; `act` returns the exit status and raises UserError for a mistake.

    A command imports what it needs when it acts, so that `--help` of all of them stays quick.
    """

    about: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    act: Callable[[argparse.Namespace, Reporter], int]
