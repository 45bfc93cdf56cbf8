"""One process of test_kills: trains the job of a folder, to be killed at any moment."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch

from smile.config import from_dict
from smile.progress import Reporter
from smile.workers.job import Job
from smile.workers.launch import launch


def work(folder: str, steps_before_the_kill: int) -> None:
    """Trains; where `steps_before_the_kill` is given, says in a file of the folder when so many have been done."""
    torch.set_num_threads(1)
    place = Path(folder)
    config, images, captions, record = json.loads((place / "job.json").read_text())
    done = 0

    def progress(_what: str, _step: int, _steps: int, _note: str) -> None:
        nonlocal done
        done += 1
        if done == steps_before_the_kill:
            os.close(os.open(place / "now", os.O_CREAT))

    with Reporter() as reporter:
        launch(
            Job(from_dict(config), Path(images), tuple(captions), place / "out", record),
            progress=progress,
            say=reporter.say,
        )
