"""The command `train` at work in a process of its own, to be watched and killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from smile.training.checkpoints.checkpoint_file import load_checkpoint
from smile.training.curve import read_curve
from tests.places import ROOT

INTERVAL = 2

COMMAND = f"""-m smile.run train --subjects 3 --frames 3 --set training.report_every=1
    --set rendering.image_size=32 --set rendering.view_count=2 --set model.embedding_size=16
    --set training.batch_size=8 --set training.checkpoint_every={INTERVAL}"""


class Run:
    """The command with more options at work in a folder, in a process of its own."""

    def __init__(self, out: Path, more: str) -> None:
        self.out, self.said = out, out.with_suffix(".said")
        self.command = [sys.executable, *COMMAND.split(), *more.split()]
        self.command += ["--out", str(out), "--cache", str(out.parent / "cache")]
        self.start()

    def start(self) -> None:
        with self.said.open("a") as said:
            self.driver = subprocess.Popen(self.command, cwd=ROOT, stdout=said, stderr=said)

    def finish(self) -> None:
        assert self.driver.wait(timeout=480) == 0, self.said.read_text()[-3000:]

    def wait_for(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 480
        while not condition():
            assert self.driver.poll() is None and time.monotonic() < end, self.said.read_text()[-3000:]
            time.sleep(0.02)

    def last_step(self) -> int:
        points = read_curve(self.out / "run" / "metrics.jsonl")
        return int(points[-1]["step"]) if points else 0

    def checkpoints(self) -> list[int]:
        """Their steps; raises BadFile where one cannot be read."""
        return [
            load_checkpoint(file).step for file in sorted((self.out / "run" / "checkpoints").glob("step-*.safetensors"))
        ]

    def kill(self, rng: np.random.Generator, whom: str) -> int:
        """Kills at a random moment, and returns how many steps of the curve no checkpoint holds."""
        last, more = self.last_step(), int(rng.integers(0, 6))  # none: while the workers get ready
        self.wait_for(lambda: (not more or self.last_step() >= last + more) and len(find_workers(self.driver.pid)) == 2)
        time.sleep(rng.uniform(0, 0.1))
        workers = find_workers(self.driver.pid)
        os.kill(self.driver.pid if whom == "driver" else workers[rng.integers(2)], signal.SIGKILL)
        if whom == "driver":
            self.driver.wait()
        end = time.monotonic() + 120
        while any(is_worker(process) for process in workers):  # one that lives may still have been writing
            assert time.monotonic() < end
            time.sleep(0.02)
        lost = self.last_step() - max(self.checkpoints(), default=0)
        if whom == "driver":
            self.start()
        return lost


def is_worker(process: int) -> bool:
    with contextlib.suppress(OSError):
        return b"RayTrainWorker" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def find_workers(ancestor: int) -> list[int]:
    """Processes of Ray Train's workers below a process."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])

    def below(process: int) -> bool:
        return process == ancestor or (process in parents and below(parents[process]))

    return sorted(process for process in parents if below(process) and is_worker(process))
