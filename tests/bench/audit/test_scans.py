"""Scans of a data set on disk are compared by the studio of a run; what was made in memory is not."""

import dataclasses

import numpy as np
import pytest

from bench.audit.scans import take_all
from bench.data_sets import Studio
from smile.config import Rendering
from smile.data.disk import ScanFiles, hash_files
from smile.data.face import Clip, DataSet
from smile.sets.frame_files import read_frame, read_marks
from tests.bench.audit.spoiling import everything


class Listener:
    def __init__(self):
        self.said, self.done = [], []

    def say(self, line):
        self.said.append(line)

    def __call__(self, what, done, total):
        self.done.append((what, done, total))


def write(path, scan):
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in scan.vertices]
    path.write_text("\n".join([*lines, *(f"f {a} {b} {c}" for a, b, c in scan.triangles + 1)]) + "\n")
    return path


@pytest.fixture
def on_disk(faces, tmp_path):
    """Two people, a copy of the first one's scan under a third name, and a file that is no mesh."""
    scans = [faces.clips[0].frames[10], faces.clips[2].frames[10]]
    scans.append(everything(scans[0], np.random.default_rng(4)))
    paths = [write(tmp_path / f"{number}.obj", scan) for number, scan in enumerate(scans)]
    paths.append(tmp_path / "3.obj")
    paths[-1].write_text("v 1 2\n")
    clips = [
        Clip(f"P{n}/x", f"P{n}", (), ScanFiles((path,), (None,), read_frame, read_marks), hash_files([path]))
        for n, path in enumerate(paths)
    ]
    return DataSet("bu4dfe", "BU-4DFE", tuple(clips))


def test_a_run_compares_what_lies_on_disk_and_says_what_cannot_be_read(on_disk, tmp_path):
    listener = Listener()
    found = Studio((on_disk,), Rendering(), tmp_path / "cache", 1, listener).compare_scans()
    (copy,) = found.copies
    assert {found.shots[copy.first].name, found.shots[copy.second].name} == {"bu4dfe:P0/x", "bu4dfe:P2/x"}
    assert copy.mirrored
    (line,) = listener.said
    assert line.startswith("bu4dfe:P3/x cannot be compared with other scans: 3.obj: ")
    assert listener.done[-1] == ("Comparing scans", 4, 4)


def test_a_further_data_set_is_compared_as_well(on_disk, tmp_path):
    first = dataclasses.replace(on_disk, clips=on_disk.clips[:2])
    more = dataclasses.replace(on_disk, name="bp4d", clips=on_disk.clips[2:3])
    studio = Studio((first,), Rendering(), tmp_path / "cache", 1, Listener())
    assert studio.compare_scans().copies == ()
    (copy,) = studio.compare_scans([more]).copies
    assert (copy.first, copy.second) == (0, 2)


def test_faces_that_were_made_in_memory_are_left_out(faces):
    assert take_all([faces]) == []
