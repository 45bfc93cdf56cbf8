"""One line for a whole run: the method of how many, and the time left at the pace of what was measured."""

import pytest

from bench import pace
from bench.methods.method import Method
from bench.pace import Pace

LEARNT = [Method(name, "unsupervised", None) for name in "abcd"]


class Recorder:
    """A reporter that keeps what it is told."""

    def __init__(self):
        self.told = []

    def stride(self, what, done, total, words):
        self.told.append((what, done, total, words))


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_the_time_left_follows_what_was_measured_and_not_what_was_reused(clock):
    reporter = Recorder()
    run = Pace(reporter, "fer4d", LEARNT)
    run.start()
    run.skip()  # a record is there
    parts = run.start()
    clock[0] += 5
    parts(1, 2)
    clock[0] += 5
    run.finish()
    run.start()
    words = [told[3] for told in reporter.told]
    assert words == [
        "method 1 of 4: a",
        "method 2 of 4: b",
        "method 2 of 4, 0:00:25 left: b",
        "method 3 of 4, 0:00:20 left: c",
    ]
    assert [told[1] for told in reporter.told] == [0, 1, 1.5, 2]


def test_floors_say_nothing_of_the_time_that_learning_takes(clock):
    reporter = Recorder()
    run = Pace(reporter, "fer4d", [Method("floor", "floor", None), *LEARNT])
    run.start()
    clock[0] += 0.1
    run.finish()
    run.start()
    assert reporter.told[-1][3] == "method 2 of 5: a"


def test_the_end_is_told():
    reporter = Recorder()
    run = Pace(reporter, "fer4d", LEARNT)
    for _ in LEARNT:
        run.start()
        run.finish()
    assert reporter.told[-1] == ("fer4d", 4, 4, "4 methods done")
