"""Where there is no terminal, progress is a line every few seconds, with the time that is left."""

import itertools

import pytest

from smile import progress
from smile.progress import Reporter


@pytest.fixture
def clock(monkeypatch):
    """The time that the reporter sees, for a test to move."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_the_time_left_follows_the_pace_since_the_first_part(clock, capsys):
    with Reporter() as reporter:
        reporter("Rendering", 40, 100)  # 40 were there already
        clock[0] += 1000  # something is compiled
        reporter("Rendering", 41, 100)
        for done in (42, 43):
            clock[0] += 60
            reporter("Rendering", done, 100)
        clock[0] += 60
        reporter("Rendering", 100, 100)
    assert capsys.readouterr().err.splitlines() == [
        "Rendering: 40/100",
        "Rendering: 41/100",
        "Rendering: 42/100, 0:58:00 left",
        "Rendering: 43/100, 0:57:00 left",
        "Rendering: 100/100",
    ]


def test_lines_come_every_few_seconds(clock, capsys):
    with Reporter() as reporter:
        for done in range(101):
            clock[0] += 1
            reporter("Rendering", done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21 and lines[-1] == "Rendering: 100/100"


def test_an_hour_is_told_in_a_hundred_lines(clock, capsys):
    with Reporter() as reporter:
        for done in range(3601):
            clock[0] += 1
            reporter("Rendering", done, 3600)
    told = [int(line.split()[1].partition("/")[0]) for line in capsys.readouterr().err.splitlines()]
    assert 80 < len(told) < 110
    gaps = [after - before for before, after in itertools.pairwise(told)]
    assert gaps[:15] == [5] * 15 and max(gaps) <= 1 + 0.05 * 3600


def test_work_with_parts_of_different_length_says_its_own_words(clock, capsys):
    with Reporter() as reporter:
        for done in (0, 0.2, 1, 2):
            clock[0] += 3
            reporter.stride("fer4d", done, 2, f"method {done} of 2")
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["fer4d: method 0 of 2", "fer4d: method 1 of 2", "fer4d: method 2 of 2"]
