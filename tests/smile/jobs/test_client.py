"""A command becomes a job that works in a folder of its own; a door that does not answer is said within seconds."""

import os
import socket
import subprocess
import threading
from types import SimpleNamespace

import pytest

import smile.run
from smile import interruption
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
    with pytest.raises(UserError, match=r"the job door refuses: .*no job two"):
        follow_log(door, "two", print)  # and not that it goes on


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left on device")])
def test_a_log_that_nobody_takes_is_no_lost_tunnel(door, error):
    door.submit_job("echo a", "one")

    def show(_):
        raise error

    with pytest.raises(type(error)) as told:
        follow_log(door, "one", show)
    assert told.value is error


@pytest.mark.parametrize("error", [ConnectionError("the tunnel closed"), ValueError("Package size 600 MiB exceeds")])
def test_whatever_the_door_complains_of_is_a_line(door, error):
    def refuse(**_):
        raise error

    door.submit_job = refuse
    with pytest.raises(UserError, match=f"the job door refuses: {error}"):
        send(door, ["bench.run"], "one")


def test_a_head_without_an_agent_of_jobs_is_said_with_cause_and_remedy(door):
    def refuse(**_):
        raise RuntimeError("Request failed with status code 500: No available agent to submit job, please try again.")

    door.submit_job = refuse
    with pytest.raises(UserError, match=r"another Ray on that machine held port 52365 .* start the head again"):
        send(door, ["bench.run"], "one")


def test_a_lost_tunnel_says_how_to_see_the_job_again(door):
    async def broken(_):
        yield "first line\n"
        raise ConnectionError("closed")

    door.jobs["one"], door.tail_job_logs = None, broken
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


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101, b""])
def test_a_server_of_another_kind_is_no_job_door(answer):
    with socket.create_server(("127.0.0.1", 0)) as opened:

        def reply():
            taken, _ = opened.accept()
            taken.recv(4096)
            taken.sendall(answer)
            taken.close()

        threading.Thread(target=reply, daemon=True).start()
        with pytest.raises(UserError, match=r"no job door answers at .*open a tunnel first") as told:
            connect(f"http://127.0.0.1:{opened.getsockname()[1]}")
    assert "\n" not in str(told.value) and ": ;" not in str(told.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://[::1",
        "http://127.0.0.1:abc",
        "http://127.0.0.1:99999",
        "http://a b",
        "http://\n",
        "http://\udcff",
    ],
)
def test_an_address_that_is_none_is_a_line(address):
    with pytest.raises(UserError, match=r"no job door answers|give the dashboard's"):
        connect(address)


def test_the_address_that_a_browser_shows_is_understood(monkeypatch):
    asked = []
    monkeypatch.setattr("smile.jobs.client._require_answer", asked.append)
    monkeypatch.setattr("ray.job_submission.JobSubmissionClient", asked.append)
    connect("http://127.0.0.1:8265/#/jobs")
    assert asked == ["http://127.0.0.1:8265"] * 2


def test_a_password_in_an_address_is_not_shown():
    for address in ("http://me:canary@127.0.0.1:1", "ssh://me:canary@head"):
        with pytest.raises(UserError) as told:
            connect(address)
        assert "canary" not in str(told.value)


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
        (["submit", "--", "bench.rnu"], "unknown door"),
        (["submit", "--name", "a b", "--", "bench.run"], "at most 64 letters"),
        (["submit", "--follow", "../jobs"], "at most 64 letters"),
        (["submit", "--stop", "x" * 5000], "at most 64 letters"),
        (["submit", "--fetch", "/etc"], "at most 64 letters"),
        (["submit", "--list", "--out", "x"], "--out is where --fetch writes"),
        (["submit", "--out", "results/full", "--", "bench.run"], "--out is where --fetch writes"),
        (["submit", "--list", "--detach"], "are for a new job"),
        (["submit", "--follow", "one", "--name", "two"], "are for a new job"),
    ],
)
def test_a_command_that_cannot_be_meant_is_said_in_a_line(words, said, capsys):
    assert smile.run.main(words) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and len(told) < 400


@pytest.mark.parametrize("kind", ["link", "here"])
def test_results_take_no_place_that_is_not_theirs(tmp_path, monkeypatch, capsys, kind):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    monkeypatch.chdir(tmp_path / "empty")
    out = {"link": "../link", "here": "."}[kind]
    assert smile.run.main(["submit", "--fetch", "one", "--out", out]) == 2
    assert "a link, a mount or the working folder" in capsys.readouterr().err


def test_a_job_that_is_left_alone_goes_on_and_the_same_command_would_send_another(door, monkeypatch, capsys):
    """What a signal makes the command say: before the job is sent, and while it is followed."""
    said = []
    monkeypatch.setattr("smile.jobs.client.connect", lambda _: door)
    real = door.submit_job

    def submit_job(**given):
        said.append(interruption.tell_stop("smile.run", interruption._reach()))
        return real(**{**given, "entrypoint": "echo hello"})

    async def tail(_):
        said.append(interruption.tell_stop("smile.run", interruption._reach()))
        yield "hello"

    door.submit_job, door.tail_job_logs = submit_job, tail
    assert smile.run.main(["submit", "--name", "one", "--", "bench.run"]) == 0
    assert said[0] == "smile.run: stopped; submit --list tells whether the job was sent\n"
    assert said[1].startswith("smile.run: stopped; job one goes on: submit --follow one shows it again")
    assert smile.run.main(["submit", "--follow", "one"]) == 0
    assert said[2] == said[1] and "goes on from here" not in said[1]
    assert "job one is sent" in capsys.readouterr().out


def test_the_frame_of_a_parcel_is_told_apart():
    assert BEGIN != END and BEGIN not in END
