"""A cluster that answers is told from what does not within seconds; what Ray is started with gives nothing away."""

import json
import os
import secrets
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from types import SimpleNamespace

import pytest

from smile.cluster import find_cause, is_lost, is_needed, last_line, only_needed, protect_token, require_cluster
from smile.errors import UserError
from tests.places import ROOT

#: What a server of HTTP/2 says first: its settings.
SPEAKS_AS_RAY = bytes([0, 0, 6, 4, 0, 0, 0, 0, 0]) + bytes(6)


@pytest.fixture
def listener():
    """A port at which somebody listens and says what `answer` holds, if anything."""
    opened = socket.create_server(("127.0.0.1", 0))
    place = SimpleNamespace(address=f"127.0.0.1:{opened.getsockname()[1]}", answer=b"")
    lines = []

    def serve():
        while True:
            try:
                line, _ = opened.accept()
            except OSError:
                return
            lines.append(line)
            line.sendall(place.answer)

    threading.Thread(target=serve, daemon=True).start()
    yield place
    opened.shutdown(socket.SHUT_RDWR)
    opened.close()
    for line in lines:
        line.close()


def free_address():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{opened.getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_an_address_where_nothing_listens_is_said_at_once(scheme):
    begun = time.monotonic()
    with pytest.raises(UserError, match=r"no Ray cluster answers at .*: .*refused; is it up"):
        require_cluster(scheme + free_address())
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_listens_and_is_no_ray_is_said_within_ten_seconds(listener, answer):
    listener.answer = answer
    begun = time.monotonic()
    with pytest.raises(UserError, match="no Ray cluster answers"):
        require_cluster(listener.address)
    assert time.monotonic() - begun < 10


def test_what_speaks_as_ray_does_is_taken(listener, monkeypatch):
    listener.answer = SPEAKS_AS_RAY
    monkeypatch.setattr("ray._private.services.get_node_ip_address", lambda: "127.0.0.1")
    require_cluster(listener.address)


def test_a_cluster_that_hears_only_this_machine_is_said_at_once(listener, monkeypatch):
    listener.answer = SPEAKS_AS_RAY
    monkeypatch.setattr("ray._private.services.get_node_ip_address", lambda: "127.0.0.2")
    with pytest.raises(UserError, match=r"does not answer at 127.0.0.2, .* --node-ip-address=127.0.0.2"):
        require_cluster(listener.address)


@pytest.mark.parametrize("address", [None, "local"])
def test_who_needs_no_cluster_asks_none(address):
    require_cluster(address)


@pytest.mark.parametrize("address", ["head", "head:", "head:port", ":6379", "head:99999", "ray://head"])
def test_a_misspelt_address_is_said(address):
    with pytest.raises(UserError, match="give auto, or HOST:PORT"):
        require_cluster(address)


@pytest.mark.parametrize(
    "command",
    [
        ["smile.run", "prepare"],
        ["smile.run", "train", "--workers", "2", "--out", "out"],
        ["sweeps.run", "view_counts", "--out", "out"],
    ],
)
def test_no_door_draws_a_face_for_a_cluster_that_is_not_there(command, tmp_path):
    address = free_address()
    start = [sys.executable, "-m", *command, "--address", address]
    done = subprocess.run(
        start, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert f"no Ray cluster answers at {address}" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_token_is_its_owners_alone(home):
    token = home / ".ray" / "auth_token"
    protect_token()
    kept = token.read_text()
    assert (mode(token), mode(token.parent), len(kept)) == (0o600, 0o700, 64)
    token.chmod(0o644)
    protect_token()
    assert (mode(token), token.read_text()) == (0o600, kept)


def test_without_a_home_the_token_is_kept_in_memory(home, monkeypatch):
    home.write_text("no folder")
    monkeypatch.setattr(secrets, "token_hex", lambda _: "made")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "")  # taken back at the end
    monkeypatch.delenv("RAY_AUTH_TOKEN")
    protect_token()
    assert os.environ.pop("RAY_AUTH_TOKEN") == "made"
    monkeypatch.delenv("HOME")
    protect_token()
    assert os.environ.pop("RAY_AUTH_TOKEN") == "made"


@pytest.mark.parametrize(
    "name", ["PATH", "PYTHONPATH", "LC_ALL", "CUDA_VISIBLE_DEVICES", "RAY_AUTH_TOKEN", "OMP_NUM_THREADS", "HF_HOME"]
)
def test_a_worker_has_what_it_works_with(name):
    assert is_needed(name)


@pytest.mark.parametrize(
    "name",
    [
        "AWS_SESSION_TOKEN",
        "HF_TOKEN",
        "AZURE_STORAGE_KEY",
        "PGPASSWORD",
        "DATABASE_URL",
        "EDITOR",
        "torch_api_key",
        "PYTHON_KEYRING_PASSWORD",
        "NUMBA_SECRET",
        "TUNE_AUTH",
        "LC_COOKIE",
        "BORG_PASSPHRASE",
    ],
)
def test_a_worker_has_no_secret_and_nothing_else(name):
    assert not is_needed(name)


def test_the_environment_is_as_before_at_the_end(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "mine")
    monkeypatch.setenv("GITLAB_TOKEN", "mine too")
    before = dict(os.environ)
    with pytest.raises(RuntimeError), only_needed(["MLFLOW_"]):
        assert "GITLAB_TOKEN" not in os.environ and os.environ["MLFLOW_TRACKING_TOKEN"] == "mine"
        os.environ["RAY_ADDRESS"] = "meanwhile"
        raise RuntimeError
    assert dict(os.environ) == before


#: Joins a Ray of its own, and prints what its processes were given and where they listen.
ALONE = """
    import json, os
    from smile.cluster import joined

    def listening():
        import psutil  # which Ray brings along
        tree = [psutil.Process(), *psutil.Process().children(recursive=True)]
        return {at.laddr.ip for one in tree for at in one.net_connections("tcp") if at.status == psutil.CONN_LISTEN}

    with joined("local", "default", {"include_dashboard": True, "log_to_driver": False}):
        import ray
        given = ray.get(ray.remote(lambda: dict(os.environ)).remote())
        behind = ray.get(ray.remote(lambda: os.nice(0)).remote()) - os.nice(0)
        told = {"given": given, "listening": sorted(listening()), "here": os.environ["RAY_ADDRESS"], "behind": behind}
        print(json.dumps(told))
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "canary-aws" and "RAY_ADDRESS" not in os.environ
    from smile.errors import UserError
    try:
        with joined("local", "default"):
            ray.get(ray.remote(max_retries=0)(lambda: os.abort()).remote())
    except UserError as error:
        assert str(error).startswith("Ray broke off: "), error
    else:
        raise AssertionError
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A Ray of its own, under a TMPDIR with a long name, with secrets about."""
    place = tmp_path_factory.mktemp("a-folder-for-temporary-files-with-a-name-that-goes-on-and-on")
    names = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "HF_TOKEN", "PYTHON_PASSWORD", "SOMETHING_ELSE")
    env = {**os.environ, **{name: f"canary-{name[:3].lower()}" for name in names}, "TMPDIR": str(place)}
    env = {name: value for name, value in env.items() if name not in ("RAY_ADDRESS", "RAY_TMPDIR")}
    start = [sys.executable, "-c", textwrap.dedent(ALONE)]
    done = subprocess.run(start, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (told,) = (line for line in done.stdout.splitlines() if line.startswith("{"))
    return SimpleNamespace(**json.loads(told))


@pytest.mark.slow
def test_workers_of_a_ray_of_ones_own_know_no_secret(alone):
    assert "PATH" in alone.given
    assert [name for name, value in alone.given.items() if "canary" in value] == []


@pytest.mark.slow
def test_workers_of_a_ray_of_ones_own_come_no_later_than_the_command(alone):
    assert alone.behind == 0


@pytest.mark.slow
def test_a_ray_of_ones_own_is_reached_from_this_machine_alone(alone):
    assert {ip.removeprefix("::ffff:") for ip in alone.listening} == {"127.0.0.1"}


@pytest.mark.slow
def test_workers_know_which_of_several_rays_is_theirs(alone):
    assert alone.given["RAY_ADDRESS"] == alone.here


def test_a_lost_worker_is_told_from_code_that_raised():
    errors = pytest.importorskip("ray.exceptions")
    for error in (errors.ActorDiedError(), errors.NodeDiedError("gone"), errors.OutOfMemoryError("killed")):
        assert is_lost(error) and find_cause(error) is error
    assert not is_lost(MemoryError()) and not is_lost(ValueError("a setting"))


def test_of_several_failures_the_loss_is_the_cause():
    group = pytest.importorskip("ray.train").WorkerGroupError
    loss, echo = pytest.importorskip("ray.exceptions").ActorDiedError(), RuntimeError("connection closed by a peer")
    assert find_cause(group("", {0: echo, 1: loss})) is loss
    assert find_cause(group("", {0: echo})) is echo
    assert not is_lost(group("", {0: echo}))


def test_the_last_line_of_an_error_is_never_empty():
    assert last_line(ValueError("a\nb\n")) == "b"
    assert last_line(KeyboardInterrupt()) == "KeyboardInterrupt"
