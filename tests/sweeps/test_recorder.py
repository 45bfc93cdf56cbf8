"""A trial is recorded once, when it has ended; one whose worker was lost has not."""

import errno
from types import SimpleNamespace

import pytest

from smile.errors import UserError
from sweeps.effort import Effort
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger
from sweeps.recorder import FAILURE, FULL, RESTARTS, Recorder, name_fault


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path, {"study": "fake"})
    made.open({})
    return made


@pytest.fixture
def said():
    return []


@pytest.fixture
def recorder(ledger, said):
    return Recorder(ledger, Effort(trials=4, epochs=8, seed=0, concurrency=2), said.append)


def make_trial(tmp_path, name):
    (tmp_path / name).write_text("Failure # 1\nThe actor died\nWorker exit type: killed\n\n")
    return SimpleNamespace(
        trial_id=name,
        config={"weight": ord(name)},
        last_result={"time_total_s": 1.25},
        error_file=tmp_path / name,
    )


def test_trials_are_numbered_as_drawn_whatever_order_they_run_in(tmp_path, ledger, recorder):
    first, second, third = (make_trial(tmp_path, name) for name in "abc")
    for trial in (first, second, third, first):
        recorder.number(trial.config)
    for trial in (third, second, first):
        recorder.follow(trial, {"epoch": 8, "objective": 0.5})
        recorder.add(trial, "")
    assert [trial.number for trial in ledger.trials()] == [0, 1, 2]
    assert [trial.setting for trial in ledger.trials()] == [first.config, second.config, third.config]


def test_what_a_lost_worker_had_reported_is_forgotten(tmp_path, ledger, recorder, said):
    trial = make_trial(tmp_path, "a")
    recorder.follow(trial, {"epoch": 2, "objective": 0.1})
    recorder.run_again(trial)
    assert ledger.trials() == []
    assert said == [f"trial 0: its worker was lost: Worker exit type: killed; it is run again (1 of {RESTARTS})"]
    recorder.follow(trial, {"epoch": 2, "objective": 0.2})
    recorder.follow(trial, {"epoch": 8, "objective": 0.3})
    recorder.add(trial, "")
    (kept,) = ledger.trials()
    assert (kept.state, kept.history, kept.was_lost) == (COMPLETE, ((2, 0.2), (8, 0.3)), False)


def test_one_that_is_lost_too_often_is_recorded_as_failed_for_that_reason(tmp_path, ledger, recorder):
    trial = make_trial(tmp_path, "a")
    for _ in range(RESTARTS):
        recorder.run_again(trial)
    recorder.give_up(trial)
    (kept,) = ledger.trials()
    assert (kept.state, kept.objective, kept.was_lost) == (FAILED, None, True)
    assert kept.reason == f"its worker was lost {RESTARTS + 1} times: Worker exit type: killed"


def test_one_that_tune_gives_up_too_early_is_run_again_another_time(tmp_path, ledger, recorder, said):
    for round_ in range(RESTARTS):
        trial = make_trial(tmp_path, "a")
        trial.trial_id = f"a{round_}"
        recorder.give_up(trial)
        assert recorder.take_lost() == [trial.config]
        assert recorder.take_lost() == [] == ledger.trials()
        assert f"trial 0: its worker was lost: Worker exit type: killed; it is run again ({round_ + 1} of" in said[-1]
    recorder.give_up(trial)
    assert recorder.take_lost() == []
    (kept,) = ledger.trials()
    assert kept.was_lost and kept.number == 0


def test_one_that_raised_failed_by_itself_and_one_that_was_stopped_did_not(tmp_path, ledger, recorder):
    raised, stopped, mute = (make_trial(tmp_path, name) for name in "abc")
    for trial in (raised, stopped, mute):
        recorder.number(trial.config)
    for trial in (raised, stopped):
        recorder.follow(trial, {"epoch": 4, "objective": 0.5})
    recorder.follow(raised, {"epoch": 0, "objective": 0.0, FAILURE: "no luck"})
    recorder.add(raised, name_fault(ValueError("no\n luck")))
    recorder.add(stopped, "")
    recorder.add(mute, "")
    found = ledger.trials()
    assert [trial.state for trial in found] == [FAILED, PRUNED, FAILED]
    assert [trial.reason for trial in found] == ["ValueError: no luck", "", "the trial ended without a result"]
    assert found[0].history == found[1].history == ((4, 0.5),)
    assert not any(trial.was_lost for trial in found)


def test_a_trial_that_found_no_room_on_a_disk_ends_the_search_and_is_not_recorded(tmp_path, ledger, recorder, said):
    trial, other = make_trial(tmp_path, "a"), make_trial(tmp_path, "b")
    recorder.follow(trial, {"epoch": 0, "objective": 0.0, FAILURE: "OSError: ...", FULL: "cache/train"})
    recorder.add(trial, "OSError: ...")
    recorder.follow(other, {"epoch": 8, "objective": 0.5})
    recorder.add(other, "")
    assert (recorder.fault.errno, recorder.fault.filename) == (errno.ENOSPC, "cache/train")
    assert ledger.trials() == said == []


def test_a_record_without_room_ends_the_search_and_its_trial_is_run_again_by_the_next_command(
    tmp_path, ledger, recorder, said, monkeypatch
):
    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "trials/a.json")

    trial = make_trial(tmp_path, "a")
    recorder.follow(trial, {"epoch": 8, "objective": 0.5})
    monkeypatch.setattr("smile.atomic.create_json", fill)
    recorder.add(trial, "")
    assert recorder.fault.filename == "trials/a.json"
    recorder.end(UserError("what came of it"))
    assert isinstance(recorder.fault, OSError) and said == ledger.trials() == []


def test_a_worker_that_a_full_disk_ended_is_not_one_that_was_lost(tmp_path, ledger, recorder, said):
    trial = make_trial(tmp_path, "a")
    trial.error_file.write_text("Failure # 1\nOSError: [Errno 28] No space left on device: 'tune'\nThe actor died\n")
    recorder.run_again(trial)
    recorder.give_up(trial)
    assert recorder.fault.filename == str(ledger.folder) and said == ledger.trials() == []
