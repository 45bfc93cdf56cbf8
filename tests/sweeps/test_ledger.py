import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from smile.errors import BadFile, UserError
from sweeps.ledger import COMPLETE, FAILED, Ledger, Trial
from tests.smile.data.formats.mutants import TEXT, mutants

TRIAL = Trial(3, {"losses.alignment.weight": 0.5}, COMPLETE, 0.75, ((4, 0.5), (8, 0.75)), "", 1.5)


def open_ledger(folder, **identity):
    ledger = Ledger(folder, {"study": "fake", **identity})
    ledger.open({"command": "none"})
    return ledger


def test_what_is_added_is_read_back(tmp_path):
    ledger = open_ledger(tmp_path)
    failed = Trial(1, {"losses.alignment.weight": 2.0}, FAILED, None, (), "RuntimeError: so it was", 0.1)
    assert ledger.add(TRIAL)
    assert ledger.add(failed)
    assert Ledger(tmp_path, {"study": "fake"}).trials() == [failed, TRIAL]


def test_a_setting_is_recorded_once(tmp_path):
    ledger = open_ledger(tmp_path)
    assert ledger.add(TRIAL)
    assert not ledger.add(replace(TRIAL, objective=0.1))
    assert ledger.trials() == [TRIAL]


def test_another_experiment_has_other_records(tmp_path):
    open_ledger(tmp_path).add(TRIAL)
    assert open_ledger(tmp_path, seed=1).trials() == []


def test_what_started_the_experiment_is_noted_once(tmp_path):
    ledger = open_ledger(tmp_path)
    ledger.open({"command": "another"})
    assert ledger.about() == {"identity": {"study": "fake"}, "command": "none"}


def _add_many(folder, writer, barrier, results):
    ledger = Ledger(folder, {"study": "fake"})
    barrier.wait()
    won = [ledger.add(replace(TRIAL, setting={"k": k}, seconds=float(writer))) for k in range(25)]
    results.put((writer, won))


@pytest.mark.slow
def test_of_several_writers_exactly_one_makes_each_record(tmp_path):
    open_ledger(tmp_path)
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    writers = [context.Process(target=_add_many, args=(tmp_path, w, barrier, results)) for w in range(4)]
    for writer in writers:
        writer.start()
    won = dict(results.get(timeout=60) for _ in writers)
    for writer in writers:
        writer.join()
    assert [sum(won[w][k] for w in won) for k in range(25)] == [1] * 25
    for trial in Ledger(tmp_path, {"study": "fake"}).trials():
        assert won[int(trial.seconds)][trial.setting["k"]]


WRITER = """
import sys
from pathlib import Path
from sweeps.ledger import Ledger, Trial
ledger = Ledger(Path(sys.argv[1]), {"study": "fake"})
for k in range(100_000):
    ledger.add(Trial(k, {"k": k, "long": "x" * 50_000}, "complete", 0.5, ((8, 0.5),), "", 0.0))
    print(k, flush=True)
"""


def test_a_killed_writer_leaves_whole_records_and_none_that_it_announced_is_lost(tmp_path):
    ledger = open_ledger(tmp_path)
    for _ in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        writer.stdout.readline()
        time.sleep(0.15)
        os.kill(writer.pid, signal.SIGKILL)
        announced = [int(line) for line in writer.stdout if line.endswith("\n")]
        writer.wait()
        writer.stdout.close()
        assert announced
        assert {trial.number for trial in ledger.trials()} >= set(announced)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"number": 1}'])
def test_a_damaged_record_is_named_with_what_to_do(tmp_path, damage):
    ledger = open_ledger(tmp_path)
    ledger.add(TRIAL)
    ledger.path(TRIAL.setting).write_text(damage)
    with pytest.raises(BadFile, match="delete it to run that trial again") as caught:
        ledger.trials()
    assert caught.value.file == ledger.path(TRIAL.setting)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", -1),
        ("number", True),
        ("number", "3"),
        ("setting", []),
        ("state", "finished"),
        ("state", FAILED),
        ("objective", None),
        ("objective", "0.75"),
        ("history", []),
        ("history", [[8, 0.75], [4, 0.75]]),
        ("history", [[4, 0.5], [8, 0.5]]),
        ("history", [[8, 0.75], [8, 0.75]]),
        ("history", [[4, "0.5"]]),
        ("history", [[4.5, 0.5]]),
        ("history", {"4": 0.5}),
        ("reason", "it failed"),
        ("reason", None),
        ("seconds", -2),
        ("worker", "another field"),
    ],
)
def test_a_record_with_a_field_that_cannot_be_is_refused(tmp_path, field, value):
    ledger = open_ledger(tmp_path)
    ledger.add(TRIAL)
    path = ledger.path(TRIAL.setting)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(BadFile, match=r"not the record of a trial .*; delete it to run that trial again"):
        ledger.trials()


def test_a_damaged_record_is_one_error_or_a_trial(tmp_path):
    ledger = open_ledger(tmp_path)
    ledger.add(TRIAL)
    path, refused = ledger.path(TRIAL.setting), 0
    for _, damaged in mutants(path.read_bytes(), TEXT, count=100):
        path.write_bytes(damaged)
        try:
            (found,) = ledger.trials()
        except BadFile as error:
            refused += error.file == path and "\n" not in str(error)
        else:  # another number or reason, which no checksum guards
            assert found.setting == TRIAL.setting and type(found.number) is int and math.isfinite(found.objective)
    assert refused > 50


@pytest.mark.parametrize("field", ["number", "state", "reason"])
def test_a_record_without_a_field_is_refused(tmp_path, field):
    ledger = open_ledger(tmp_path)
    ledger.add(TRIAL)
    content = json.loads(ledger.path(TRIAL.setting).read_text())
    del content[field]
    ledger.path(TRIAL.setting).write_text(json.dumps(content))
    with pytest.raises(BadFile, match=f"missing or not known: {field}"):
        ledger.trials()


@pytest.mark.parametrize(
    "damage",
    [
        "",
        '{"identity"',
        "[[",
        '{"identity": {"study": "another"}, "command": "none"}',
        '{"command": "none"}',
        '{"identity": {"study": "fake"}}',
        '{"identity": {"study": "fake"}, "command": 3}',
    ],
)
def test_what_the_experiment_is_must_be_readable_before_trials_run(tmp_path, damage):
    ledger = open_ledger(tmp_path)
    (ledger.folder / "experiment.json").write_text(damage)
    with pytest.raises(BadFile, match=r"experiment.json: .*; delete it: the same command makes it anew"):
        ledger.open({"command": "again"})
    (ledger.folder / "experiment.json").unlink()
    ledger.open({"command": "again"})


def test_what_a_killed_sweep_left_is_gone_once_the_next_one_writes(tmp_path):
    ledger = open_ledger(tmp_path)
    (ledger.scratch / "tune").mkdir(parents=True)
    litter = ledger.folder / "trials" / ".0123456789abcdef.json.abcdefgh.json"
    litter.write_text("{")
    assert ledger.trials() == []
    with ledger.writing():
        assert not ledger.scratch.exists() and not litter.exists()


def test_a_record_under_a_wrong_name_is_refused(tmp_path):
    ledger = open_ledger(tmp_path)
    ledger.add(TRIAL)
    path = ledger.path(TRIAL.setting)
    path.write_text(json.dumps({**json.loads(path.read_text()), "setting": {"losses.alignment.weight": 0.6}}))
    with pytest.raises(BadFile, match="does not belong"):
        ledger.trials()


def test_a_second_sweep_is_kept_off_while_the_first_runs(tmp_path):
    first, second = open_ledger(tmp_path), open_ledger(tmp_path)
    with first.writing(), pytest.raises(UserError, match="another sweep"), second.writing():
        pass
    with second.writing():
        assert second.add(TRIAL)
