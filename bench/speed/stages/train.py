"""EDGE ray.train: times a step on two workers of Ray Train beside torchrun, which runs the same loop on them.

Both sides stay ready, and take turns of some steps. Weights are compared after the first turn, and after the last.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from bench.speed.peers.turns import PATIENCE, train_in_turns
from bench.speed.row import SpeedRow
from bench.speed.stages.step import draw_faces
from smile.cluster import joined
from smile.config import Config, override, to_dict
from smile.errors import UserError
from smile.progress import Reporter, report_each
from smile.provenance import ROOT
from smile.workers.process_group import torch_config
from smile.workers.trainer import ALONE, lean_trainer

#: Turns that are timed, after two that are not; steps in a turn.
TURNS, WARM, STEPS = 40, 2, 10
SIZE, BATCH = 64, 32  # pixels a side, clips a step
SIDES = ("Ray Train", "torchrun")

#: Seconds of a turn's slowest worker, and what the weights are after it.
Turn = tuple[float, str]


def time_train(reporter: Reporter) -> list[SpeedRow]:
    """Returns one row: steps a second on two workers, each with a GPU where there are two, or on one with one GPU."""
    cards = torch.cuda.device_count()
    workers = min(cards, 2) or 2
    changes = {"batch_size": BATCH, "epochs": float(TURNS + WARM), "checkpoint_every": 0, "report_every": 0}
    config = override(Config(), {f"training.{key}": value for key, value in changes.items()} | {"captions.arm": "none"})
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        images = Path(folder, "images.npy")
        np.save(images, draw_faces(BATCH * STEPS, SIZE)[0])
        ear = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        given = (ear.getsockname()[1], str(images), json.dumps(to_dict(config)))
        found = pool.submit(_lead, ear, workers, reporter)
        stack.enter_context(_torchrun(workers, given))
        _run_ray(workers, bool(cards), given, Path(folder))
        return [_compare(found.result(PATIENCE), workers)]


def _compare(turns: dict[str, list[Turn]], workers: int) -> SpeedRow:
    (ours, theirs) = ([seconds / STEPS for seconds, _ in turns[side][WARM:]] for side in SIDES)
    shares = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    low, _, high = statistics.quantiles(shares, n=4)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "a processor"
    return SpeedRow(
        stage="train",
        case=f"{BATCH} clips of 3 views at {SIZE} px, {workers} workers",
        ours=1 / statistics.median(ours),
        peer=1 / statistics.median(theirs),
        peer_name="torchrun, the same loop",
        unit="steps/s",
        equal=all(turns[SIDES[0]][when][1] == turns[SIDES[1]][when][1] for when in (0, -1)),
        note=f"Ray Train's step takes {statistics.median(shares):.3f} of torchrun's (half of {len(shares)} turns: "
        f"{low:.3f} to {high:.3f}); on {device}; the same weights after the first turn and after the last",
    )


def _lead(ear: socket.socket, workers: int, reporter: Reporter) -> dict[str, list[Turn]]:
    """Lets one side after the other take its turns; returns side -> turns."""
    ear.settimeout(PATIENCE)
    with ExitStack() as stack:
        talks: dict[str, list[IO[str]]] = {side: [] for side in SIDES}
        while any(len(there) < workers for there in talks.values()):
            line = stack.enter_context(ear.accept()[0])
            line.settimeout(PATIENCE)
            talk: IO[str] = stack.enter_context(line.makefile("rw"))
            talks[talk.readline().rpartition(" ")[0]].append(talk)
        found: dict[str, list[Turn]] = {side: [] for side in SIDES}
        for number in report_each(reporter, "Timing Ray Train beside torchrun (turns)", range(WARM + TURNS)):
            for side in SIDES if number % 2 == 0 else SIDES[::-1]:
                found[side].append(_take_turn(talks[side]))
        for there in talks.values():
            for one in there:
                _tell(one)  # the last report waits for it
    return found


def _take_turn(talks: list[IO[str]]) -> Turn:
    for talk in talks:
        _tell(talk)
    answers = [talk.readline().split() for talk in talks]
    if any(len(answer) != 2 for answer in answers):
        raise UserError("a worker left in the middle of a turn")
    weights = {weights for _, weights in answers}
    return max(float(seconds) for seconds, _ in answers), weights.pop() if len(weights) == 1 else "differ"


def _tell(talk: IO[str]) -> None:
    talk.write("go\n")
    talk.flush()


@contextmanager
def _torchrun(workers: int, given: tuple[Any, ...]) -> Iterator[None]:
    """Runs the workers of torchrun beside the block; where it fails, they are ended: nobody would call their turns."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(workers)]
    with subprocess.Popen([*start, "-m", "bench.speed.peers.turns", *map(str, given)], cwd=ROOT) as process:
        try:
            yield
        except BaseException:
            process.terminate()
            raise


def _run_ray(workers: int, cards: bool, given: tuple[Any, ...], folder: Path) -> None:
    """Runs the workers of Ray Train as `smile.run train --workers` does, until their last turn is over."""
    from ray.train import RunConfig, ScalingConfig

    def work(_: Any = None) -> None:
        from pathlib import Path

        from ray.train.torch import get_device

        port, images, settings = given
        train_in_turns(SIDES[0], port, Path(images), settings, get_device())

    for variable, value in ALONE.items():
        os.environ.setdefault(variable, value)
    needed = {"CPU": 1, "GPU": 1} if cards else {"CPU": 1}
    with joined("local", "default,train", {"include_dashboard": False, "num_cpus": workers}):
        lean_trainer(True)(
            work,
            backend_config=torch_config(),
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=cards, resources_per_worker=needed),
            run_config=RunConfig(name="turns", storage_path=str(folder / "ray")),
        ).fit()
