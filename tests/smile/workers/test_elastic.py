"""A run that loses a node goes on with the workers that have room, to the model that one worker trains."""

import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from smile.training.curve import read_curve
from smile.workers.elastic import elastic_trainer
from tests.smile.training.test_workers import WITHOUT_FORCE
from tests.smile.training.train_command import Run

STEPS = 30


def flatten(file: Path) -> np.ndarray:
    weights = load_file(file)
    return np.concatenate([weights[name].ravel() for name in sorted(weights) if not name.endswith(WITHOUT_FORCE)])


@pytest.mark.release
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


@pytest.mark.parametrize(("living", "count"), [("abc", 4), ("ab", 4), ("ac", 2), ("c", 1), ("", 0)])
def test_only_nodes_that_live_have_room(monkeypatch: pytest.MonkeyPatch, living: str, count: int) -> None:
    class Base:
        scaling_config = import_module("ray.train").ScalingConfig(num_workers=(1, 4))

        def _initialize_and_run_controller(self, **given: Any) -> Any:
            return given["scaling_policy"]

    nodes = [{"NodeID": name, "Alive": name in living} for name in "abc"]
    monkeypatch.setattr("ray.nodes", lambda: nodes)
    policy = elastic_trainer(Base, 8)()._initialize_and_run_controller()
    # Ray's own list still names those that died; three workers cannot share eight clips.
    assert policy._count_possible_workers({"a": {"CPU": 2.0}, "b": {"CPU": 2.0}, "c": {"CPU": 1.0}}) == count
