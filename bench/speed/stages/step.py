"""Times a training step beside the plain script that a user would write: PNG files, DataLoader, plain losses, AdamW.

Both train the same FaceText, from the same weights, on the same images and captions, with the same losses and the
same kinds of augmentation. On a processor both use float32; on a GPU ours uses bfloat16.
bench/speed/peers/plain_step.py says what the plain script does differently.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from bench.speed.peers.picture_stores import write_pictures
from bench.speed.peers.plain_step import Apart, Work
from bench.speed.row import SpeedRow
from bench.speed.timing import interleave
from smile.arrays import UInt8
from smile.captions.phrases import say
from smile.config import Config, override
from smile.data.landmarks import MEASURES
from smile.progress import Reporter, report_each
from smile.training.batches import Batches, tokenize
from smile.training.forward_pass import carried_out
from smile.training.objective import smile_objective
from smile.training.optimizer import make_optimizer
from smile.training.step import Stepper

#: Number of clips in an epoch: a fold of BU-4DFE's sixty subjects has 324.
CLIPS = 320
#: Name of the case -> pixels per side, and settings that differ from the recipe `tiny`.
CASES: dict[str, tuple[int, dict[str, object]]] = {
    "augmented": (64, {}),
    "as they are": (64, {"training.augmentation": 0.0}),
    "augmented, larger": (128, {}),
}
TOLERANCE = {"float32": 1e-5, "bfloat16": 2e-2}  # of the loss of one batch, relative
ROUNDS = 5


def time_step(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each case; with a GPU, both use it."""
    rows = []
    for name, (size, changes) in report_each(reporter, "Timing step", CASES.items()):
        with tempfile.TemporaryDirectory() as folder:
            images, captions = draw_faces(CLIPS, size)
            write_pictures(images, Path(folder))
            config = override(Config(), {"training.share_every": 0, **changes})
            rows.append(_time_case(name, Work(config, images, captions, Path(folder))))
    return rows


def draw_faces(clips: int, size: int) -> tuple[UInt8, list[str]]:
    """Draws images as smooth as images of motion, so that PNG files have a realistic size, and writes captions.

    The captions are those of the arm geometry for random measures: 3 to 50 words, 25 on average, hardly any two equal,
    as on ICT-FaceKit.
    """
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.normal(128, 40, (clips * 3, 4, 8, 8)))
    smooth = nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(0, 255)
    captions = [say(row) for row in rng.normal(size=(clips, len(MEASURES)))]
    return smooth.view(clips, 3, 4, size, size).numpy().astype(np.uint8), captions


def _time_case(name: str, work: Work) -> SpeedRow:
    with ExitStack() as stack:
        ours, theirs = OurSteps(work, stack), stack.enter_context(closing(Apart(work)))
        kind = "float32" if ours.stepper.device.type == "cpu" else "bfloat16"
        expected = theirs.loss(ours.batches.rows(0))
        difference = abs(ours.loss() - expected) / abs(expected)
        seconds = interleave({"ours": ours.epoch, "plain": theirs.epoch}, rounds=ROUNDS, seconds=0.5)
        about = ours.describe(seconds)
    return SpeedRow(
        stage="step",
        case=f"{work.config.training.batch_size} clips of 3 views at {work.images.shape[-1]} px, {name}",
        ours=CLIPS / seconds["ours"],
        peer=CLIPS / seconds["plain"],
        peer_name="plain script, PNG files",
        unit="clips/s",
        equal=difference < TOLERANCE[kind],
        note=f"{kind}, {torch.get_num_threads()} threads; losses differ by {difference:.0e}; {about}",
    )


class OurSteps:
    """Takes the steps of this project."""

    def __init__(self, work: Work, stack: ExitStack) -> None:
        model = work.model()
        assert model.tokenizer is not None
        self.batches = Batches(work.images, work.config.training, tokenize(model.tokenizer, work.captions))
        self.objective = smile_objective(work.config.losses)
        self.model = model
        stack.enter_context(carried_out(model, work.config.training))
        self.stepper = Stepper(model, self.objective, self.batches, make_optimizer(model, work.config.training))
        self.done = 0

    def loss(self) -> float:
        """Returns the loss of the first batch, without augmentation."""
        plain = replace(self.batches, settings=override(self.batches.settings, {"augmentation": 0.0}))
        terms = self.objective(self.model, plain.read(0, self.stepper.device))
        return torch.stack(list(terms.values())).sum().item()

    def epoch(self) -> None:
        """Takes as many steps as an epoch has."""
        for _ in range(self.batches.steps_per_epoch):
            self.stepper.take(self.done)
            self.done += 1
        if self.stepper.device.type == "cuda":
            torch.cuda.synchronize()

    def describe(self, seconds: dict[str, float]) -> str:
        """Describes how long steps wait for batches, and the towers' speed; divide it by the device's peak for MFU."""
        steps = self.batches.steps_per_epoch
        start = time.perf_counter()
        for step in range(steps):
            self.batches.read(step, self.stepper.device)
        waits = time.perf_counter() - start
        with FlopCounterMode(display=False) as counter:
            self.stepper.take(self.done)
        speed = counter.get_total_flops() * steps / seconds["ours"] / 1e12
        return f"{waits / seconds['ours']:.0%} of ours is reading and augmenting; ours: {speed:.3f} TFLOP/s"
