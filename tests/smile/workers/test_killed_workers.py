"""Workers and drivers of Ray Train are killed again and again, and the run ends in the bytes of an undisturbed one."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.smile.training.train_command import INTERVAL, Run

#: Kills of the suite: a worker. More are run by hand, e.g. the driver too with 2; docs/log.md tells of 26 and 24.
KILLS = int(os.environ.get("SMILE_RAY_KILLS", "1"))


@pytest.mark.slow
def test_killed_again_and_again_it_ends_in_the_bytes_of_an_undisturbed_run(tmp_path: Path) -> None:
    more = f"--workers 2 --restarts {KILLS} --steps {12 + 8 * KILLS}"
    whole = Run(tmp_path / "whole", more)
    whole.finish()
    killed, rng, lost = Run(tmp_path / "killed", more), np.random.default_rng(KILLS), []
    for whom in ["worker", "driver", *rng.choice(["worker", "driver"], KILLS, p=[0.8, 0.2])][:KILLS]:
        lost.append(killed.kill(rng, whom))
        print(f"{whom} killed, {lost[-1]} steps lost", flush=True)
    killed.finish()
    assert max(lost) <= INTERVAL
    for name in ("model.safetensors", "metrics.jsonl"):
        assert (whole.out / name).read_bytes() == (killed.out / name).read_bytes(), name
    assert not (killed.out / "run").exists()
