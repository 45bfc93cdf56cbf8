"""A run that is killed again and again loses at most a checkpoint's interval, and ends in the same bytes."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from smile.config import Config, override, to_dict
from smile.training.checkpoints.checkpoint_file import load_checkpoint
from smile.training.curve import read_curve
from smile.workers.job import run_folder
from tests.smile.training.killed_run import work

#: Kills of the suite; the 50 of docs/log.md are run by hand, with SMILE_KILLS=50.
KILLS = int(os.environ.get("SMILE_KILLS", "3"))

INTERVAL = 2
RECORD = {"id": "made", "data": {"name": "made", "title": "Made", "stand_in": "made up", "clips": 16, "subjects": 4}}


def prepare(folder: Path, config: Config, easy_task: Callable) -> Path:
    images, captions, _ = easy_task(16, 0)
    run_folder(folder / "out").mkdir(parents=True)
    np.save(run_folder(folder / "out") / "images.npy", images)
    job = [to_dict(config), str(run_folder(folder / "out") / "images.npy"), captions, RECORD]
    (folder / "job.json").write_text(json.dumps(job))
    return folder


@pytest.mark.slow
def test_killed_again_and_again_it_ends_in_the_same_bytes(small: Config, easy_task: Callable, tmp_path: Path) -> None:
    # A process forked from one that has imported everything starts in no time.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    settings = {"training.checkpoint_every": INTERVAL, "training.report_every": 1, "training.steps": 8 + 4 * KILLS}
    config = override(small, settings)
    killed, whole = (prepare(tmp_path / name, config, easy_task) for name in ("killed", "whole"))
    rng, lost = np.random.default_rng(0), []
    for _ in range(KILLS):
        process = context.Process(target=work, args=(str(killed), int(rng.integers(3, 7))))
        process.start()
        while not (killed / "now").exists():
            assert process.is_alive()
            time.sleep(0.0005)
        time.sleep(rng.uniform(0, 0.03))  # anywhere in a step, or in the writing of a checkpoint
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        (killed / "now").unlink()
        files = sorted((run_folder(killed / "out") / "checkpoints").glob("step-*.safetensors"))
        newest = max((load_checkpoint(file).step for file in files), default=0)  # each can be read
        lost.append(int(read_curve(run_folder(killed / "out") / "metrics.jsonl")[-1]["step"]) - newest)
    for folder in (killed, whole):
        process = context.Process(target=work, args=(str(folder), 0))
        process.start()
        process.join()
        assert process.exitcode == 0
    print("steps lost at each kill:", sorted(lost))
    assert max(lost) <= INTERVAL
    names = sorted(file.name for file in (whole / "out").iterdir())
    assert names == sorted(file.name for file in (killed / "out").iterdir())
    for name in names:
        assert (killed / "out" / name).read_bytes() == (whole / "out" / name).read_bytes(), name
