"""Stops a running sweep from another terminal; what it finished is kept, as by Ctrl-C in its own."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

from smile.errors import UserError
from sweeps.ledger import HEADER, Ledger, open_ledger

#: Seconds that a sweep has to end.
PATIENCE = 20.0


def stop_sweeps(name: str, out: Path) -> str:
    """Stops every sweep of the study `name` below `out`, and waits until it has ended; returns a line for each.

    Raises UserError where none runs, where one runs on another machine, and where one does not end.
    """
    ledgers = [open_ledger(file.parent) for file in sorted((out / name).rglob(HEADER))]
    running = [(ledger, writer) for ledger in ledgers if (writer := ledger.find_writer())]
    if not running:
        raise UserError(f"no sweep of {name} runs below {out}")
    return "\n".join(_stop(ledger, *writer) for ledger, writer in running)


def _stop(ledger: Ledger, host: str, process: int) -> str:
    if host != socket.gethostname() or not process:
        where = f"runs on {host}" if host else "does not say where it runs"
        raise UserError(f"{ledger.folder}: the sweep {where}; stop it there by Ctrl-C, or by submit --stop as a job")
    os.kill(process, signal.SIGTERM)  # a script that starts a sweep by `&` has it ignore Ctrl-C
    until = time.monotonic() + PATIENCE
    while ledger.find_writer() and time.monotonic() < until:
        time.sleep(0.1)
    if ledger.find_writer():
        raise UserError(f"{ledger.folder}: process {process} was told to stop, and still runs after {PATIENCE:.0f} s")
    return f"{ledger.folder}: stopped at {len(ledger.trials())} trials; the same command goes on"
