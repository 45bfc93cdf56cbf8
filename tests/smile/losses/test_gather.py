"""Two gloo workers with half a batch each have the losses and gradients of one worker with all of it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from smile.losses.gather import add_up, gather, worker_count, worker_rank
from tests.places import ROOT

SCRIPT = Path(__file__).with_name("gather_worker.py")


def test_one_worker_gathers_nothing() -> None:
    rows = torch.ones(3, 2, requires_grad=True)
    assert gather(rows) is rows and add_up(rows) is rows and (worker_rank(), worker_count()) == (0, 1)


@pytest.mark.slow
def test_two_workers_equal_one_on_the_joined_batch(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT)]
    processes = [
        subprocess.Popen([*command, str(rank), "2", str(tmp_path)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
        for rank in range(2)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    found = [load_file(tmp_path / f"{rank}.safetensors") for rank in range(2)]
    specification = importlib.util.spec_from_file_location("gather_worker", SCRIPT)
    assert specification is not None and specification.loader is not None
    alone = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(alone)
    expected = alone.run(0, 1)
    cases = {name.partition(":")[0] for name in expected}
    assert cases == set(alone.CASES) and len(expected) > 3 * len(cases)
    for worker in found:
        for name, value in expected.items():
            error = (worker[name] - value).abs().max() / value.abs().max().clamp(min=1e-6)
            assert error < 1e-5, (name, error)
        for kind in ("infonce", "sigmoid"):  # a worker holds its own rows of the face's and the view's logits alone
            assert alone.measure(1, kind, 128) == 2 * 128 * 128
            assert worker[f"largest {kind}"] == 2 * 64 * 128
