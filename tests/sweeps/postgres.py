"""Starts a PostgreSQL on loopback for tests, where Debian's package and a driver are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "geheim"
#: Whom PostgreSQL runs as where the tests run as root, which it refuses.
PLAIN = "nobody"


@contextmanager
def run_postgres():
    """Yields the URL of a new database; skips, with the reason, where it cannot run here."""
    pytest.importorskip("psycopg", reason="no driver: pip install 'psycopg[binary]'")
    programs = _find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    data, secret, port = folder / "data", folder / "secret", _find_port()
    secret.write_text(PASSWORD)
    if os.geteuid() == 0:
        for place in (folder, secret):
            shutil.chown(place, PLAIN)
    run = ["setpriv", f"--reuid={PLAIN}", "--clear-groups"] if os.geteuid() == 0 else []

    def call(program, *words):
        command = [*run, str(programs / program), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=120)
        assert done.returncode == 0, done.stderr

    try:
        call("initdb", "--pgdata", data, "--username", "smile", "--auth", "scram-sha-256", "--pwfile", secret, "-N")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        call("pg_ctl", "--pgdata", data, "--log", folder / "log", "--options", options, "--wait", "start")
        try:
            yield f"postgresql://smile:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "--pgdata", data, "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find_programs():
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which("initdb")
    places += [Path(found).resolve().parent] if found else []
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def _find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
