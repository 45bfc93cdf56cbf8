"""Both sides take turns of the same loop, their weights are compared, and a side that leaves is an error."""

import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from bench.speed.stages import train
from smile.errors import UserError
from smile.progress import Reporter
from tests.places import ROOT


def answer(port, side, rank, turns):
    """A worker that answers each turn with the next of `turns`, and leaves after the last."""
    gone = suppress(OSError)  # where the leader has left after an error
    with gone, socket.create_connection(("127.0.0.1", port), 10) as line, line.makefile("rw") as talk:
        talk.write(f"{side} {rank}\n")
        for said in turns:
            talk.flush()
            talk.readline()
            talk.write(said)
        talk.flush()
        talk.readline()


@pytest.fixture
def lead(monkeypatch):
    """Runs the leader with workers of both sides that say what they are given."""
    monkeypatch.setattr(train, "PATIENCE", 10.0)

    def run(**sides):
        turns = len(next(iter(sides.values()))[0])
        monkeypatch.setattr(train, "TURNS", turns - train.WARM)
        with socket.create_server(("127.0.0.1", 0)) as ear, Reporter() as reporter:
            port = ear.getsockname()[1]
            threads = [
                threading.Thread(target=answer, args=(port, side.replace("_", " "), rank, said))
                for side, workers in sides.items()
                for rank, said in enumerate(workers)
            ]
            for thread in threads:
                thread.start()
            try:
                return train._lead(ear, 2, reporter)
            finally:
                for thread in threads:
                    thread.join(10)

    return run


def said(seconds, weights="w"):
    return [f"{one} {weights}{number}\n" for number, one in enumerate(seconds)]


def test_the_slowest_worker_of_a_turn_counts_and_warm_turns_do_not(lead):
    ours = [said([9, 9, 1.0, 2.0, 3.0]), said([9, 9, 1.5, 2.0, 2.0])]
    theirs = [said([9, 9, 1.0, 2.0, 2.0])] * 2
    turns = lead(Ray_Train=ours, torchrun=theirs)
    row = train._compare(turns, 2)
    assert row.ours == pytest.approx(train.STEPS / 2.0) and row.peer == pytest.approx(train.STEPS / 2.0)
    assert row.note.startswith("Ray Train's step takes 1.500 of torchrun's (half of 3 turns")
    assert row.equal


@pytest.mark.parametrize("where", ["between the workers", "between the sides"])
def test_other_weights_are_seen(lead, where):
    same, other = said([1, 1, 1, 1]), said([1, 1, 1, 1], "v")
    theirs = [same, other] if where == "between the workers" else [other, other]
    assert not train._compare(lead(Ray_Train=[same, same], torchrun=theirs), 2).equal


def test_a_worker_that_leaves_is_an_error(lead):
    with pytest.raises(UserError, match="left in the middle"):
        lead(Ray_Train=[said([1, 1, 1]), said([1, 1, 1])], torchrun=[said([1, 1, 1]), said([1])])


#: In a process of its own, as the command runs: Ray and torchrun hand their surroundings on.
TIMED = """
from bench.speed.stages import train
from smile.progress import Reporter
train.TURNS, train.STEPS, train.BATCH, train.SIZE = 2, 2, 4, 16
with Reporter() as reporter:
    (row,) = train.time_train(reporter)
print("equal", row.equal, row.ours > 0 and row.peer > 0)
"""


@pytest.mark.release  # starts Ray and torchrun
def test_ray_train_and_torchrun_end_with_the_same_weights():
    command = [sys.executable, "-c", TIMED]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, check=False)
    assert "equal True True" in done.stdout, done.stderr
