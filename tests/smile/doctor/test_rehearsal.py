"""Scenes are commands that there are; one that fails or hangs ends in a finding."""

import pytest

import bench.run
import smile.run
import sweeps.options
from smile.doctor.finding import BROKEN, WELL
from smile.doctor.rehearsal import SCENES, play

PARSERS = {
    "smile.run": lambda words: smile.run._parser().parse_args(words),
    "bench.run": bench.run.parse,
    "sweeps.run": sweeps.options.parse_options,
}


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_a_command_that_its_door_understands(name):
    door, *words = SCENES[name]
    assert PARSERS[door]([*words, "--address", "auto"]).address == "auto"


def test_a_scene_that_ends_well_says_how_long_it_took(tmp_path):
    found = play("prepare", ["smile.run", "--version"], tmp_path)
    assert found.state == WELL and found.said.endswith(" s")
    assert list(tmp_path.iterdir()) == []


def test_a_scene_that_fails_says_its_last_line(tmp_path):
    found = play("train", ["smile.run", "train", "--recipe", "tinny"], tmp_path)
    assert found.state == BROKEN and "did you mean 'tiny'" in found.said
    assert found.remedy == "try it alone: python -m smile.run train --recipe tinny"


def test_a_scene_that_hangs_is_ended(tmp_path):
    assert play("bench", ["timeit", "-n", "1", "import time; time.sleep(30)"], tmp_path, 0.5).said == "no end after 0 s"
