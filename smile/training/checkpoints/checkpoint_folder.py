"""Writes the checkpoints of a run while it trains, and keeps the newest and the best."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import torch
from torch import distributed, nn

from smile.errors import BadFile
from smile.losses.gather import worker_count, worker_rank
from smile.progress import Say
from smile.training.checkpoints.checkpoint_file import (
    Checkpoint,
    Run,
    load_checkpoint,
    read_loss,
    restore,
    save_checkpoint,
    snapshot,
)


class CheckpointFolder:
    """Manages the folder of checkpoints of a run; at the end of the `with` block, the last checkpoint is on disk.

    A step only waits for the copy of the state in memory: a thread writes the file while the next step runs, and
    `settle` waits for the thread. Of several workers only the first writes, because all hold the same state. All of
    them read, so all must reach the folder.
    """

    def __init__(self, folder: Path, run: Run, keep: int, say: Say) -> None:
        self.folder, self.run, self.keep, self.say = folder, run, max(keep, 1), say
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoints")
        self._pending: Future[None] | None = None
        self._losses = {file: read_loss(file) for file in self._files()}

    def __enter__(self) -> CheckpointFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown(wait=True)
        if error is None:
            self.settle()

    def resume(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
        """Loads the newest readable checkpoint into model and optimiser; returns its step, or 0 without checkpoints.

        Says which checkpoint it loads, and which ones it cannot read. Raises BadFile where there are checkpoints but
        none can be read, and where the checkpoint belongs to another run.
        """
        for file in self._files():
            if file.is_dir():  # nor could the checkpoint of that step be written
                raise BadFile(file, "", "is a folder, and no checkpoint", "delete it, then the same command goes on")
        found = self._newest()
        step = _agree(0 if found is None else found.step, next(model.parameters()).device)
        if step == 0:
            return 0
        if found is None or found.step != step:
            found = self._load(self.file(step))
        restore(found, self.file(step), model, optimizer, self.run)
        self._tell(f"goes on after step {step}: {self.file(step)}")
        return step

    def write(self, model: nn.Module, optimizer: torch.optim.Optimizer, step: int, loss: float) -> None:
        """Copies the state, and lets the thread write it."""
        if worker_rank() == 0:
            self.settle()
            state = snapshot(model, optimizer, step, loss, self.run)
            self._pending = self._writer.submit(self._write, state)

    def settle(self) -> None:
        """Waits until the last checkpoint is on disk; raises NotWritten where it could not be written."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def file(self, step: int) -> Path:
        """Returns the file of the checkpoint after `step` steps."""
        return self.folder / f"step-{step:09}.safetensors"

    def _newest(self) -> Checkpoint | None:
        files, faults = self._files(), []
        while files:
            try:
                return self._load(files.pop())
            except BadFile as fault:
                faults.append(fault)
                self._tell(f"passed over: {fault}")
        if faults:
            raise BadFile(self.folder, "", f"none of {len(faults)} checkpoints can be read", "delete it to start anew")
        return None

    def _load(self, file: Path) -> Checkpoint:
        found = load_checkpoint(file)
        if file != self.file(found.step):
            raise BadFile(file, "", f"holds step {found.step}, and is named otherwise", "delete it")
        return found

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("step-*.safetensors"))

    def _write(self, state: Checkpoint) -> None:
        file = self.file(state.step)
        save_checkpoint(state, file)
        self._losses[file] = state.loss
        # A name that lies ahead is of no checkpoint that this run wrote.
        *older, _ = files = [one for one in self._files() if one <= file]
        best = min(files, key=lambda one: self._losses.get(one, math.inf))
        for one in older[: 1 - self.keep or None]:
            if one != best:
                one.unlink()

    def _tell(self, line: str) -> None:
        if worker_rank() == 0:
            self.say(line)


def _agree(step: int, device: torch.device) -> int:
    """Returns the step of the first worker."""
    if worker_count() == 1:
        return step
    number = torch.tensor([step], device=device)
    distributed.broadcast(number, src=0)
    return int(number.item())
