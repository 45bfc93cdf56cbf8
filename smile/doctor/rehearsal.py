"""TABLE SCENES: plays prepare, train, a sweep and a bench cell on a few made faces, each as its own command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from smile.atomic import temporary_folder
from smile.doctor.finding import BROKEN, WEAK, Finding, rate
from smile.progress import Progress, report_each
from smile.provenance import ROOT

#: Seconds that all scenes together take where the machine is idle, and after which one counts as hanging.
USUAL, LIMIT = 60.0, 600.0

_SMALL = ("--set", "rendering.image_size=32", "--set", "rendering.view_count=2")
_FACES = ("--subjects", "3", "--frames", "4", *_SMALL)

#: Name of a scene -> its command, which knows --address.
SCENES: dict[str, tuple[str, ...]] = {
    "prepare": ("smile.run", "prepare", *_FACES, "--out", "cache"),
    "train": ("smile.run", "train", *_FACES, "--workers", "2", "--steps", "2", "--cache", "cache", "--out", "run"),
    "sweep": ("sweeps.run", "loss_weights", "--trials", "1", *_SMALL, "--set", "training.epochs=1", "--out", "sweep"),
    "bench": ("bench.run", "--methods", "random", "--subjects", "8", "--threads", "1", *_SMALL, "--out", "results"),
}


def rehearse(address: str | None, shared: Path | None, progress: Progress) -> Iterator[Finding]:
    """Yields a finding for each scene, and one for the time of all; its files lie in `shared` until the end."""
    with temporary_folder("smile-doctor-", shared) as stage:
        began = time.monotonic()
        for name in report_each(progress, "Rehearsing", SCENES):
            yield play(name, [*SCENES[name], *(["--address", address] if address else [])], stage)
        seconds = time.monotonic() - began
    slow = WEAK if seconds > 2 * USUAL else ""
    yield rate("rehearsal", f"{seconds:.0f} s in all, {USUAL:.0f} are usual", slow, "see load, disk and network above")


def play(name: str, command: list[str], stage: Path, limit: float = LIMIT) -> Finding:
    """Runs one command in the folder `stage`; returns how long it took, or its last line of errors."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    began = time.monotonic()
    start = [sys.executable, "-m", *command]
    try:
        done = subprocess.run(
            start, cwd=stage, env=environment, capture_output=True, text=True, check=False, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return Finding(name, BROKEN, f"no end after {limit:.0f} s", f"try it alone: python -m {' '.join(command)}")
    seconds = time.monotonic() - began
    if done.returncode == 0:
        return rate(name, f"{seconds:.0f} s", "", "")
    last = (done.stderr.strip().splitlines() or ["no word"])[-1]
    return Finding(name, BROKEN, f"status {done.returncode}: {last}", f"try it alone: python -m {' '.join(command)}")
