import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from smile.errors import UserError
from smile.locks import hold_lock
from tests.places import ROOT

CHILD = """
import sys, time
from pathlib import Path
from smile.locks import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_who_does_not_wait_is_told_who_waits_comes_next(tmp_path):
    file, order = tmp_path / "lock", []

    def wait():
        with hold_lock(file):
            order.append("second")

    with ThreadPoolExecutor() as pool:
        with hold_lock(file):
            with pytest.raises(UserError, match="at work"), hold_lock(file, "another is at work"):
                pass
            waiting = pool.submit(wait)
            order.append("first")
        waiting.result()
    assert order == ["first", "second"]


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    file = tmp_path / "lock"
    command = [sys.executable, "-c", CHILD, str(file)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=-1) as child:
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(UserError, match="busy"), hold_lock(file, "busy"):
            pass
        child.kill()
        child.wait()
    with hold_lock(file, "busy"):
        pass


def test_nobody_gets_the_lock_of_a_folder_that_was_deleted(tmp_path):
    folder = tmp_path / "folder"

    def wait():
        with hold_lock(folder / "lock"):
            return (folder / "lock").exists()

    with ThreadPoolExecutor() as pool, hold_lock(folder / "lock"):
        early = pool.submit(wait)
        time.sleep(0.5)
        folder.rename(tmp_path / "bin")
        shutil.rmtree(tmp_path / "bin")
        with pytest.raises(FileNotFoundError):
            early.result(timeout=60)
        assert pool.submit(wait).result(timeout=60)  # who comes later makes a new one


def test_what_a_lock_says_and_its_time_stay(tmp_path):
    file = tmp_path / "lock"
    file.write_text("mine")
    os.utime(file, (1, 1))
    with hold_lock(file):
        pass
    assert file.read_text() == "mine" and file.stat().st_mtime == 1


def test_an_error_inside_frees_the_lock_and_stays_what_it_is(tmp_path):
    with pytest.raises(TimeoutError, match="mine"), hold_lock(tmp_path / "lock", "busy"):
        raise TimeoutError("mine")
    with hold_lock(tmp_path / "lock", "busy"):
        pass
