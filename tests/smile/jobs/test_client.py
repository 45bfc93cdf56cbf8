"""A command becomes a job that works in a folder of its own; a door that does not answer is said within seconds."""

import os
import socket
import subprocess
from types import SimpleNamespace

import pytest

import smile.run
from smile.cluster import PATIENCE
from smile.errors import UserError
from smile.jobs.client import connect, enter, fetch_results, follow_log, list_jobs, place_on_head, send
from smile.jobs.parcel import BEGIN, END
from smile.provenance import SHIPPED


class Door:
    """A job door that runs what it is sent at once, as Ray's does on the head."""

    def __init__(self, home):
        self.home, self.jobs = home, {}

    def submit_job(self, entrypoint, submission_id="raysubmit_1", runtime_env=None):
        place = (runtime_env or {}).get("working_dir", self.home)
        env = {**os.environ, "HOME": str(self.home)}
        start = ["sh", "-c", entrypoint]
        done = subprocess.run(start, cwd=place, env=env, capture_output=True, text=True, check=False)
        status = "SUCCEEDED" if done.returncode == 0 else "FAILED"
        self.jobs[submission_id] = SimpleNamespace(
            **{
                "submission_id": submission_id,
                "status": status,
                "entrypoint": entrypoint,
                "start_time": len(self.jobs),
            },
            **{
                "driver_exit_code": done.returncode,
                "message": "",
                "log": f"Running entrypoint for job: {entrypoint}\n{done.stdout}{done.stderr}",
            },
        )
        return submission_id

    async def tail_job_logs(self, name):
        yield self.jobs[name].log

    def get_job_info(self, name):
        if name not in self.jobs:
            raise RuntimeError(f"Request failed with status code 404: no job {name}")
        return self.jobs[name]

    def list_jobs(self):
        return list(self.jobs.values())[::-1]


@pytest.fixture
def door(tmp_path):
    (tmp_path / "home").mkdir()
    return Door(tmp_path / "home")


def test_a_job_runs_this_source_and_its_results_come_back(door, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(
        '#!/bin/sh\nmkdir results; cp "$PYTHONPATH/commit.txt" results; echo "$@" > results/words; exit 3\n'
    )
    python.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    send(door, ["bench.run", "--data", "bu4dfe=/a b"], "one")
    shown = []
    assert follow_log(door, "one", shown.append) == 3
    assert shown[-1] == "job one: FAILED\n"
    assert fetch_results(door, "one", tmp_path / "out") == [f"results/{SHIPPED}", "results/words"]
    assert (tmp_path / "out/results/words").read_text() == "-m bench.run --data bu4dfe=/a b\n"
    assert list_jobs(door)[0] == ("one", "FAILED", "python -m bench.run --data 'bu4dfe=/a b'")


def test_a_password_in_a_command_is_refused_before_ray_logs_it(door):
    words = ["sweeps.run", "loss_weights", "--storage", "postgresql://me:canary@db/study"]
    with pytest.raises(UserError, match="Ray would log the password") as told:
        send(door, words, "one")
    assert "canary" not in str(told.value) and door.jobs == {}


def test_a_job_works_in_a_folder_that_outlives_it():
    assert enter("one", ["bench.run"]).startswith('mkdir -p "$HOME"/smile-jobs/one && export PYTHONPATH="$PWD" && cd ')


@pytest.mark.parametrize("name", ["", "a b", "../x", "a;reboot", "-x", "x" * 65])
def test_a_name_never_becomes_a_command(name):
    with pytest.raises(UserError, match="letters, digits"):
        place_on_head(name)


def test_what_is_no_door_is_not_sent(door):
    with pytest.raises(UserError, match=r"unknown door 'bench.rnu': did you mean 'bench.run'"):
        send(door, ["bench.rnu"], "one")
    assert door.jobs == {}


def test_an_unknown_job_is_said(door):
    door.tail_job_logs = lambda _: empty()
    with pytest.raises(UserError, match=r"the job door refuses: .*no job two"):
        follow_log(door, "two", print)


async def empty():
    for never in ():
        yield never


def test_a_lost_tunnel_says_how_to_see_the_job_again(door):
    async def broken(_):
        yield "first line\n"
        raise ConnectionError("closed")

    door.tail_job_logs = broken
    with pytest.raises(UserError, match="which goes on: closed; submit --follow one"):
        follow_log(door, "one", lambda _: None)


def free_address():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{opened.getsockname()[1]}"


def test_a_door_that_is_not_there_or_says_nothing_is_said_within_ten_seconds(monkeypatch):
    assert 2 * PATIENCE <= 10
    monkeypatch.setattr("smile.jobs.client.PATIENCE", 0.3)
    with pytest.raises(UserError, match=r"no job door answers at .*refused; open a tunnel first"):
        connect(free_address())
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UserError, match="no job door answers"):
        connect(f"http://127.0.0.1:{silent.getsockname()[1]}")


def test_an_address_without_a_scheme_is_said():
    with pytest.raises(UserError, match=r"give the dashboard's, e.g. http://127.0.0.1:8265"):
        connect("10.0.0.1:6379")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["submit"], "name a command after --, or one of"),
        (["submit", "--list", "--", "bench.run"], "name a command after --, or one of"),
        (["submit", "--fetch", "one", "--out", "."], "is not empty; name a new folder"),
        (["submit", "--address", "nowhere", "--", "bench.run", "--suite", "fer4d"], "give the dashboard's"),
    ],
)
def test_a_command_that_cannot_be_meant_is_said_in_a_line(words, said, capsys):
    assert smile.run.main(words) == 2
    assert said in capsys.readouterr().err


def test_the_frame_of_a_parcel_is_told_apart():
    assert BEGIN != END and BEGIN not in END
