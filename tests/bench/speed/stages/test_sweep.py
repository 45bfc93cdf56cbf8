"""The stage of the sweeps: both ways run the same trials, and a replay tells what was saved in a recorded study."""

import json
from dataclasses import replace

import pytest

from bench.speed.stages import sweep
from smile.errors import UserError
from smile.progress import Reporter
from sweeps.archive import Experiment, write_archive
from sweeps.speed import replay_study
from tests.sweeps.decide.test_replay import EPOCHS, make_trials
from tests.sweeps.reporting.test_report import ABOUT, IDENTITY


@pytest.fixture
def recorded(tmp_path):
    """A study of curves that are told apart early."""
    file = tmp_path / "results" / "sweeps" / "made_up.jsonl"
    about = {**ABOUT, "identity": {**IDENTITY, "config": {"training": {"epochs": EPOCHS}}, "repeats": 1}}
    trials = [replace(one, setting=dict.fromkeys(IDENTITY["default"], 1.0 + one.number)) for one in make_trials(40)]
    write_archive(Experiment(about, trials), file)
    write_archive(Experiment(about, []), file.with_name("x.front.jsonl"))
    return file


def run_here(*words):
    """What a program would print, in this process."""
    assert words[:2] == ("sweeps.speed", "replay")
    return json.loads(json.dumps(replay_study(str(words[2]), 20)))


@pytest.mark.slow
def test_a_row_tells_what_halving_saves_and_whether_it_keeps_a_good_trial(recorded, monkeypatch):
    monkeypatch.setattr(sweep, "_run", run_here)
    (row,) = sweep._replay(recorded)
    found = {one["scheduler"]: one for one in replay_study(str(recorded), 20)}
    assert set(found) == {"asha", "hasty", "median", "none"} and found["none"]["factor"] == 1
    kept = {name: one["factor"] for name, one in found.items() if one["kept"] >= sweep.KEPT}
    assert row.ours == row.ratio == max(kept.values()) > 1 and row.equal
    monkeypatch.setattr(sweep, "KEPT", 1.1)
    assert not sweep._replay(recorded)[0].equal, "where no scheduler keeps a good trial, the row says so"
    monkeypatch.setattr(sweep, "FEWEST", 41)
    assert sweep._replay(recorded) == []


@pytest.mark.usefixtures("recorded")
def test_times_are_of_equal_trials_in_turns(tmp_path, monkeypatch):
    asked = []

    def run(*words):
        asked.append(words[0])
        if words[1] == "replay":
            return run_here(*words)
        count = words[-2]
        scores = {str(number): 0.5 for number in range(count)}
        return {"seconds": 0.1 if words[0] == "sweeps.speed" else 2.0, "scores": scores}

    monkeypatch.setattr(sweep, "_run", run)
    monkeypatch.setattr(sweep, "ROOT", tmp_path)
    with Reporter() as reporter:
        rows = sweep.time_sweep(reporter)
    assert [row.ratio for row in rows[:2]] == [pytest.approx(20)] * 2 and all(row.equal for row in rows)
    assert len(rows) == 3, "a second stage is no study"
    ours, plain = "sweeps.speed", "bench.speed.peers.plain_tune"
    assert asked[:8] == [ours, plain, ours, plain, plain, ours, ours, plain]


def test_a_program_that_fails_is_one_error():
    with pytest.raises(UserError, match=r"sweeps\.speed replay nowhere 1: .*nowhere: cannot be read"):
        sweep._run("sweeps.speed", "replay", "nowhere", 1)


@pytest.mark.release
def test_both_ways_give_the_same_scores():
    ours = sweep._run("sweeps.speed", "trials", 4, "")
    plain = sweep._run("bench.speed.peers.plain_tune", 4, "")
    assert ours["scores"] == plain["scores"] and len(ours["scores"]) == 4
    assert ours["seconds"] > 0 and plain["seconds"] > 0
