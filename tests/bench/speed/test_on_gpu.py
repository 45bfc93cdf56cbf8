"""The script for a GPU stays within eight minutes, names stages that there are, and goes on after one that fails."""

import re
import subprocess

from bench.speed.stages import STAGES
from tests.places import ROOT

SCRIPT = ROOT / "bench/speed/on_gpu.sh"
STEPS = re.findall(r'^run (\d+) (\w+) "\$python" -m (\S+) (\w+)', SCRIPT.read_text(), re.MULTILINE)


def test_the_limits_fit_into_eight_minutes():
    assert sum(int(limit) for limit, *_ in STEPS) <= 8 * 60 - 15  # the rest is for starting Python
    assert [name for _, name, door, stage in STEPS if door == "bench.speed" and stage not in STAGES] == []
    assert {"vit", "step", "render", "train"} <= {name for _, name, *_ in STEPS}


def run(tmp_path, program):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o755)
    start = ["bash", SCRIPT, tmp_path / "out"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHON": str(python)}
    return subprocess.run(start, env=environment, capture_output=True, text=True, check=False)


def test_a_stage_that_fails_is_named_and_costs_the_others_nothing(tmp_path):
    done = run(tmp_path, 'case "$*" in *"speed step"*) echo no room; exit 3;; esac; echo "$@"')
    assert done.returncode == 1
    assert re.search(r"step: failed after \d+ s of 100: no room", done.stdout)
    assert "not measured: step;" in done.stderr
    assert (tmp_path / "out/render.log").read_text().startswith("-m bench.speed render --out ")


def test_without_a_gpu_nothing_is_measured(tmp_path):
    done = run(tmp_path, "exit 1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "torch finds no GPU" in done.stderr and not list((tmp_path / "out").iterdir())
