"""Runs the training loop for any model and objective, on one or several workers; a resumed run is equal to the bit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from torch import nn

from smile.config import to_dict
from smile.progress import Say
from smile.training.averages import Averages
from smile.training.batches import Batches
from smile.training.checkpoints.checkpoint_folder import CheckpointFolder
from smile.training.forward_pass import carried_out
from smile.training.optimizer import make_optimizer
from smile.training.step import Objective, Stepper
from smile.training.vitals import Streak, Watch

#: Is called with the averages since its last call: every training.report_every steps, at the end of each epoch, at
#: each checkpoint and at the end of the run.
Report = Callable[[dict[str, float]], None]


def keep_quiet(metrics: dict[str, float]) -> None:
    """Ignores a report: for a run whose metrics nobody reads."""


def say_nothing(line: str) -> None:
    """Ignores a line: for a run whose messages nobody reads."""


def train(
    model: nn.Module,
    objective: Objective,
    batches: Batches,
    *,
    report: Report = keep_quiet,
    say: Say = say_nothing,
    checkpoint_folder: Path | None = None,
    run: Mapping[str, object] | None = None,
) -> None:
    """Trains `model` in place, on its device, for batches.steps; continues from the newest checkpoint in the folder.

    `run` is plain data that identifies the run: checkpoints with another `run`, other settings or another shape of the
    images are refused. Inside a torch.distributed process group, every worker calls this with the same arguments, and
    all end with the weights that one worker with the joined batch would have. Reseeds torch's global generator at
    every step. A step whose loss or gradient is not finite changes nothing.
    Raises UserError after training.patience such steps in a row, and BadFile where no checkpoint can be continued.
    """
    settings = batches.settings
    model.train()
    optimizer = make_optimizer(model, settings)
    with ExitStack() as stack:
        checkpoints, done = None, 0
        if checkpoint_folder is not None:
            whose = {**(run or {}), **_describe(batches)}
            checkpoints = stack.enter_context(CheckpointFolder(checkpoint_folder, whose, settings.keep, say))
            done = checkpoints.resume(model, optimizer)
        stack.enter_context(carried_out(model, settings))
        watch = stack.enter_context(Watch(model, say))
        stepper = Stepper(model, objective, batches, optimizer)
        follower = _Follower(batches, report, say)
        streak = Streak(settings.patience, stepper.device)
        for step in range(done, batches.steps):
            taken = stepper.take(step)
            if checkpoints is not None:
                checkpoints.settle()  # so that a kill costs at most the steps between two checkpoints
            streak.add(taken.sound, taken.losses)
            follower.add(taken.sound, {**taken.losses, **taken.others})
            if settings.vitals_every and step % settings.vitals_every == 0:
                follower.vitals = watch.check(step)
            streak.check(step)
            write = checkpoints is not None and _is_due(step + 1, settings.checkpoint_every, batches.steps)
            told = follower.tell(step + 1, streak, optimizer.param_groups[0]["lr"], now=write)
            if write and checkpoints is not None:
                checkpoints.write(model, optimizer, step + 1, told.get("loss/total", math.inf))
    model.eval()


def _describe(batches: Batches) -> dict[str, object]:
    training = to_dict(batches.settings)
    return {"training": training, "pictures": list(batches.images.shape), "twins": batches.twins}


def _is_due(done: int, every: int, steps: int) -> bool:
    return every > 0 and (done % every == 0 or done == steps)


class _Follower:
    """Collects the values of steps, and reports them when a report is due."""

    def __init__(self, batches: Batches, report: Report, say: Say) -> None:
        self.batches, self.report, self.say = batches, report, say
        self.vitals: dict[str, float] = {}
        self.averages = Averages()
        self.add = self.averages.add

    def tell(self, done: int, streak: Streak, rate: float, now: bool) -> dict[str, float]:
        """Reports after `done` steps where a report is due or `now` is true; returns the report, or an empty one."""
        per_epoch, settings = self.batches.steps_per_epoch, self.batches.settings
        if not (now or done % per_epoch == 0 or _is_due(done, settings.report_every, self.batches.steps)):
            return {}
        means, skipped = self.averages.take()
        if skipped:
            self.say(f"{skipped} steps up to {done} were not finite and changed nothing; the last: {streak.words()}")
        told = {"step": done, "epoch": done / per_epoch, **means, "learning_rate": rate, "vitals/skipped": skipped}
        self.report({**told, **self.vitals})
        self.vitals = {}
        return told
