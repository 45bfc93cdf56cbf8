"""Optuna's database: SQLite beside the results but not on NFS, or PostgreSQL by URL."""

import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
import sqlalchemy

from smile.errors import UserError
from sweeps.allowance import Meter
from sweeps.draw.ranges import LogUniform
from sweeps.draw.searcher import distributions, frozen, make_searcher
from sweeps.draw.storage import PATIENCE, find_file_system, name_file, open_storage, refuse_remote, require_database
from sweeps.effort import Effort
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger, Trial
from sweeps.recorder import Recorder
from sweeps.run import main
from sweeps.studies import Study
from tests.sweeps.postgres import PASSWORD, run_postgres

KEY = "losses.alignment.weight"
SPACE = distributions(Study("", {KEY: LogUniform(0.1, 10.0)}, {}))
TRIALS = [
    Trial(0, {KEY: 1.0}, COMPLETE, 0.5, ((4, 0.4), (8, 0.5)), "", 1.0),
    Trial(1, {KEY: 2.0}, PRUNED, 0.3, ((4, 0.3),), "", 1.0),
    Trial(2, {KEY: 3.0}, FAILED, None, (), "RuntimeError: planted", 1.0),
]
MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
40 22 0:35 / /mnt/lab rw - nfs4 server:/lab rw
41 40 8:2 / /mnt/lab/scratch\\040disk rw - xfs /dev/sdb rw
42 22 0:36 / /mnt/labels rw - ext4 /dev/sdc rw
43 22 0:37 / /mnt/far rw - fuse.sshfs me@far: rw
"""


def close(backend):
    backend.remove_session()
    backend.engine.dispose()


def read_trials(url, name):
    backend = optuna.storages.RDBStorage(url)
    trials = optuna.load_study(study_name=name, storage=backend).trials
    close(backend)
    return trials


@pytest.fixture(scope="module")
def server():
    with run_postgres() as url:
        yield url


@pytest.fixture
def mounts(tmp_path):
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/mnt/lab/results/study.db", "nfs4"),
        ("/mnt/lab/scratch disk/study.db", "xfs"),
        ("/mnt/labels/study.db", "ext4"),
        ("/home/me/study.db", "ext4"),
        ("/mnt/far/study.db", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_tells_the_file_system(mounts, path, kind):
    assert find_file_system(Path(path), mounts) == kind
    if kind in ("nfs4", "fuse.sshfs"):
        with pytest.raises(UserError, match=rf"{path}: lies on {kind}.*--storage"):
            refuse_remote(f"sqlite:///{path}?timeout=30", mounts)
    else:
        refuse_remote(f"sqlite:///{path}", mounts)
    refuse_remote("postgresql://server/mnt/lab/study.db", mounts)


def test_this_machine_says_on_what_its_temporary_files_lie(tmp_path):
    found = subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True).stdout
    assert find_file_system(tmp_path).split(".")[0][:3] in (found.strip()[:3], "ove", "ext")


def test_a_sweep_on_nfs_is_refused_before_a_face_is_drawn(tmp_path, monkeypatch, capsys):
    file = tmp_path / "mountinfo"
    file.write_text(f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n40 22 0:35 / {tmp_path} rw - nfs server:/lab rw\n")
    monkeypatch.setattr("sweeps.draw.storage.refuse_remote.__defaults__", (file,))
    monkeypatch.setattr("sweeps.case._load_views", lambda *_: pytest.fail("a face is drawn"))
    assert main(["loss_weights", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "lies on nfs, where SQLite cannot be trusted" in said and said.count("\n") == 1


def test_postgresql_holds_the_study_and_is_made_anew_from_the_records(server):
    for count in (2, 3):
        close(open_storage(server, "loss_weights/0123", [frozen(trial, SPACE) for trial in TRIALS[:count]]))
    trials = read_trials(server, "loss_weights/0123")
    assert [trial.state.name for trial in trials] == ["COMPLETE", "PRUNED", "FAIL"]
    assert trials[0].params == {KEY: 1.0} and trials[1].intermediate_values == {1: 0.3}


def test_a_wrong_password_and_a_server_that_does_not_run_are_one_line_without_the_password(server):
    wrong = server.replace(PASSWORD, "verraten")
    for url in (wrong, "postgresql://smile:verraten@127.0.0.1:9/postgres"):
        with pytest.raises(UserError, match="look whether the server runs") as error:
            open_storage(url, "x", [])
        assert "verraten" not in str(error.value) and "\n" not in str(error.value)


def test_a_server_that_lets_nobody_in_is_said_before_anything_is_drawn(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sweeps.case._load_views", lambda *_: pytest.fail("a face is drawn"))
    wrong = (server.replace(PASSWORD, "verraten"), f"{server}-none", server.replace("127.0.0.1:", "127.0.0.1:1"))
    for url in wrong:
        assert main(["loss_weights", "--storage", url, "--out", str(tmp_path / "out")]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "look whether the server runs" in said and "verraten" not in said, said
    require_database(server)


def test_a_server_that_says_nothing_is_waited_for_in_seconds(monkeypatch):
    pytest.importorskip("psycopg", reason="no driver: pip install 'psycopg[binary]'")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")  # the least; PATIENCE stands here otherwise
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UserError, match="look whether the server"):
        require_database(f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/study")
    assert time.monotonic() - began < 20 and int(PATIENCE) <= 10


@pytest.mark.slow
def test_a_sweep_writes_into_postgresql_and_its_records_are_the_same_as_ever(server, tmp_path):
    program = Path(__file__).parents[1] / "fake_sweep.py"
    command = [sys.executable, str(program), str(tmp_path), "6", "0", server]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    ledger = Ledger(tmp_path, {"study": "fake"})
    assert len(ledger.trials()) == 6 and not (tmp_path / "study.db").exists()
    told = [trial for trial in read_trials(server, ledger.title) if trial.state.is_finished()]
    assert len(told) == 6
    assert {trial.params[KEY] for trial in told} == {trial.setting[KEY] for trial in ledger.trials()}


def fail_by(error):
    """Fails as Optuna does: with an error of its own, that comes from one of SQLAlchemy, that comes from this one."""
    try:
        try:
            raise error
        except sqlite3.OperationalError as cause:
            raise sqlalchemy.exc.OperationalError("INSERT", {}, cause) from cause
    except sqlalchemy.exc.OperationalError as cause:
        raise optuna.exceptions.StorageInternalError("An exception is raised during the commit.") from cause


def test_a_database_without_room_ends_the_search_and_names_its_file(tmp_path, monkeypatch):
    search = pytest.importorskip("ray.tune.search.optuna").OptunaSearch
    ledger, effort = Ledger(tmp_path, {"study": "fake"}), Effort(trials=4, epochs=8, seed=0, concurrency=2)
    ledger.open({})
    url = f"sqlite:///{tmp_path}/study.db"
    study = Study("", {KEY: LogUniform(0.1, 10.0)}, {})
    for said, kind in (("database or disk is full", OSError), ("attempt to write a readonly database", UserError)):
        recorder = Recorder(ledger, effort, print)
        searcher = make_searcher(study, [], url, ledger, recorder, effort, Meter(effort.allowance, 0))
        error = sqlite3.OperationalError(said)
        for call in ("suggest", "on_trial_result", "on_trial_complete"):
            monkeypatch.setattr(search, call, lambda *_, error=error, **__: fail_by(error))
        searcher.on_trial_complete("a", {"epoch": 8, "objective": 0.5})
        searcher.on_trial_result("a", {"training_iteration": 1})
        assert isinstance(recorder.fault, kind) and f"{tmp_path}/study.db" in str(recorder.fault)
        assert searcher.suggest("b") == "FINISHED"
        recorder.fault = None
        assert searcher.suggest("b") is None and recorder.fault is not None
        close(searcher._storage)
    assert "attempt to write a readonly database; a damaged study.db can be deleted" in str(recorder.fault)


@pytest.mark.parametrize("folder", ["a?b=c", "a%41b", "a{b}", "{SCHEMA_VERSION}", "a b#&:@"])
def test_the_database_lies_where_the_results_lie_whatever_letters_the_folder_has(tmp_path, folder):
    file = tmp_path / folder / "study.db"
    file.parent.mkdir()
    close(open_storage(name_file(file), "x", []))
    assert file.stat().st_size and [one.name for one in tmp_path.iterdir()] == [folder]


def test_a_file_without_a_folder_is_said_before_anything_is_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sweeps.case._load_views", lambda *_: pytest.fail("a face is drawn"))
    for place, said in ((tmp_path / "none" / "study.db", "its folder is not there"), (tmp_path, "is a folder")):
        assert main(["loss_weights", "--storage", f"sqlite:///{place}", "--out", str(tmp_path / "out")]) == 2
        assert f"study storage {place}: {said}; name a file" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["bogus://study", "study.db", "postgresql+nodriver://host/study", "postgresql://h:x/a"])
def test_a_url_that_names_no_database_is_refused_before_anything_is_drawn(tmp_path, url):
    assert main(["loss_weights", "--storage", url, "--out", str(tmp_path), "--cache", str(tmp_path / "cache")]) == 2
    assert list(tmp_path.iterdir()) == []
