"""A run that loses a node goes on with the workers that have room, to the model that one worker trains."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from smile.training.curve import read_curve
from tests.smile.training.test_workers import WITHOUT_FORCE
from tests.smile.training.train_command import Run

STEPS = 30


def flatten(file: Path) -> np.ndarray:
    weights = load_file(file)
    return np.concatenate([weights[name].ravel() for name in sorted(weights) if not name.endswith(WITHOUT_FORCE)])


@pytest.mark.nodes
def test_a_lost_node_leaves_the_run_to_those_that_have_room(tmp_path: Path, nodes: subprocess.Popen[str]) -> None:
    assert nodes.stdin is not None and nodes.stdout is not None
    alone = Run(tmp_path / "alone", f"--steps {STEPS}")
    alone.finish()
    address = nodes.stdout.readline().strip()
    assert address, "Ray does not start here"
    run = Run(tmp_path / "elastic", f"--steps {STEPS} --workers 1-4 --track tensorboard --address {address}")
    run.wait_for(lambda: run.last_step() >= 8)
    nodes.stdin.write("take the second node\n")
    nodes.stdin.flush()
    run.finish()
    said = run.said.read_text()
    counts = re.findall(r"\[rank=0, world_size=(\d)\]", said)
    # Three cores have no room for four workers, and three cannot share eight clips.
    assert counts[0] == "2" and counts[-1] == "1" and not {*counts} - {"1", "2"} and "goes on after step" in said
    one, other = (flatten(each.out / "model.safetensors") for each in (alone, run))
    difference = np.linalg.norm(one - other) / np.linalg.norm(one)
    print("difference from one worker, as a share of the weights' norm:", difference)
    assert difference < 1e-3
    assert [point["step"] for point in read_curve(run.out / "metrics.jsonl")] == list(range(1, STEPS + 1))
    assert list((run.out / "tensorboard").iterdir())
