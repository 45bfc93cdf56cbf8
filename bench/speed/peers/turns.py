"""Trains when it is this side's turn: the same loop on workers of Ray Train and of torchrun, told by a socket.

    torchrun --nproc-per-node 2 -m bench.speed.peers.turns PORT IMAGES SETTINGS

Both sides run the project's own loop on the same images. At the end of each turn, a worker says how long its steps took
and what its weights are, and waits.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import distributed

from smile.config import from_dict
from smile.training.pretraining import fit_model, initialise

#: Seconds in which a side must start, or take a turn.
PATIENCE = 300.0


def train_in_turns(side: str, port: int, images: Path, settings: str, device: torch.device | None = None) -> None:
    """Trains as one worker of a process group, a turn after each line that comes through `port` of this machine.

    A turn ends with a report, so `settings` (a config as JSON) must ask for no other reports than one a turn.
    """
    rank, size = distributed.get_rank(), distributed.get_world_size()
    # As smile/workers/work.py does: Ray and torchrun give a worker one thread.
    torch.set_num_threads(max(len(os.sched_getaffinity(0)) // size, 1))
    config, pictures = from_dict(json.loads(settings)), np.load(images, mmap_mode="r", allow_pickle=False)
    model = initialise(config, pictures, None, device)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as line, line.makefile("rw") as talk:
        talk.write(f"{side} {rank}\n")

        def wait() -> float:
            talk.flush()
            talk.readline()
            return time.perf_counter()

        began = wait()

        def report(_metrics: dict[str, float]) -> None:  # reads the losses, so the device has done its work
            nonlocal began
            seconds = time.perf_counter() - began
            talk.write(f"{seconds!r} {_hash_weights(model)}\n")
            began = wait()

        fit_model(model, config, pictures, None, report=report)


def _hash_weights(model: torch.nn.Module) -> str:
    found = hashlib.sha256()
    for value in model.state_dict().values():
        found.update(value.detach().cpu().numpy().tobytes())
    return found.hexdigest()


def run_worker(port: str, images: str, settings: str) -> None:
    """Runs one worker of torchrun."""
    cards = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if cards else torch.device("cpu")
    if cards:
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if cards else "gloo")
    try:
        train_in_turns("torchrun", int(port), Path(images), settings, device)
    finally:
        distributed.destroy_process_group()


if __name__ == "__main__":
    run_worker(*sys.argv[1:])
