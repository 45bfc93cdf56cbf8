"""A signal ends a command at once: one line, the status of shells, and no process of its own is left."""

import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.places import ROOT

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def heed_signals():
    """In a child before it starts: signals end it, also where the tests run behind a script's `&` or nohup."""
    for number in STATUS:
        signal.signal(number, signal.SIG_DFL)


def start(code, *arguments, before=heed_signals):
    """A door of a few lines that has the signals."""
    head = "import signal, subprocess, sys, time\nfrom smile.interruption import take_signals\ntake_signals('a.door')\n"
    command = [sys.executable, "-c", head + textwrap.dedent(code), *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, text=True, cwd=ROOT, preexec_fn=before)  # noqa: PLW1509  # no threads yet


def stop(process, number=signal.SIGINT):
    """What the door said, after its first line of output and a signal."""
    assert process.stdout.readline()
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert process.returncode == STATUS[number]
    return said


def is_gone(process):
    """Whether the process has ended, within ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", STATUS)
def test_one_line_says_how_far_the_work_came(number):
    said = stop(
        start("""
            from smile.progress import Reporter
            with Reporter() as reporter:
                reporter.reach("Sewing", 3, 7)
                print("at work", flush=True)
                time.sleep(60)
        """),
        number,
    )
    assert said == "a.door: stopped at Sewing: 3/7; the same command goes on from here\n"


@pytest.mark.parametrize("number", STATUS)
def test_a_signal_that_the_shell_ignores_stops_nothing(number):
    def ignore():
        heed_signals()
        signal.signal(number, signal.SIG_IGN)

    process = start('print("at work", flush=True)\ntime.sleep(60)', before=ignore)
    assert process.stdout.readline()
    process.send_signal(number)
    other = next(one for one in STATUS if one != number)
    process.send_signal(other)
    assert process.communicate(timeout=10)[1].startswith("a.door: stopped at ")
    assert process.returncode == STATUS[other]


def test_handlers_and_excuses_of_libraries_count_for_nothing():
    said = stop(
        start("""
            import atexit
            atexit.register(lambda: 1 / 0)
            signal.signal(signal.SIGINT, lambda *_: print("graceful", file=sys.stderr, flush=True))
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("at work", flush=True)
            try:
                time.sleep(60)
            except BaseException:
                time.sleep(60)
        """),
        signal.SIGTERM,
    )
    assert said == "a.door: stopped at its beginning; the same command goes on from here\n"


def test_children_and_their_orphans_are_gone():
    sleeper = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    parent = sleeper + "print(subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True).pid, "
    parent += "flush=True); time.sleep(60)"
    process = start(
        "subprocess.Popen([sys.executable, '-c', *sys.argv[1:]]); time.sleep(60)", parent, sleeper + "time.sleep(60)"
    )
    grandchild = int(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert is_gone(grandchild)


def test_a_temporary_folder_goes_after_all_who_write_into_it(tmp_path):
    writer = "import sys, time\nwhile True: open(f'{sys.argv[1]}/{time.monotonic_ns()}', 'w').close()"
    code = """
        from pathlib import Path
        from smile.atomic import temporary_folder
        with temporary_folder("stage-", Path(sys.argv[1])) as folder:
            subprocess.Popen([sys.executable, "-c", sys.argv[2], str(folder)])
            while not any(folder.iterdir()):
                time.sleep(0.01)
            print("at work", flush=True)
            time.sleep(60)
    """
    stop(start(code, str(tmp_path), writer), signal.SIGTERM)
    assert not list(tmp_path.iterdir())


def test_a_child_that_is_forked_can_still_be_ended_by_a_signal():
    process = start("""
        import os
        child = os.fork()
        if not child:
            time.sleep(60)
            os._exit(0)
        time.sleep(0.2)
        os.kill(child, signal.SIGTERM)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    """)
    assert process.communicate(timeout=10)[0] == f"{-signal.SIGTERM}\n"


def test_work_that_is_done_keeps_its_status():
    process = start("""
        import atexit
        from smile.door import leave
        atexit.register(time.sleep, 60)
        status = leave("a.door", lambda: 1)
        print("done", flush=True)
        sys.exit(status)
    """)
    assert process.stdout.readline() == "done\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 1


def test_a_process_whose_work_is_done_ends_at_once_with_all_that_it_said():
    process = start("""
        from smile.door import leave
        class Slow:
            def __del__(self):
                time.sleep(60)
        slow = Slow()
        sys.exit(leave("a.door", lambda: print("done") or 1))
    """)
    assert process.communicate(timeout=10) == ("done\n", "")
    assert process.returncode == 1


def test_what_can_be_written_nowhere_is_told():
    process = start("""
        from smile.door import leave
        sys.stdout = open("/dev/full", "w")
        sys.exit(leave("a.door", lambda: print("done") or 0))
    """)
    said = process.communicate(timeout=10)[1]
    assert said == "a.door: No space left on device; name a place that can be read and written, or make room\n"
    assert process.returncode == 2


def test_what_a_farewell_does_wrong_or_slowly_keeps_nobody():
    code = """
        from smile.interruption import before_stopping
        with before_stopping({what}), before_stopping(lambda: "half"):
            print("at work", flush=True)
            time.sleep(60)
    """
    assert "stopped at half" in stop(start(code.format(what="lambda: 1 / 0")))
    stop(start(code.format(what="lambda: time.sleep(60)")))


def has_signals(process):
    """Whether the process waits for SIGINT in a thread of its own."""
    blocked = re.search(r"SigBlk:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())[1]
    return bool(int(blocked, 16) & 1 << signal.SIGINT - 1)


@pytest.mark.parametrize("seconds", [0.0, 0.4])
@pytest.mark.parametrize("door", [["smile.run", "prepare"], ["bench.run"], ["sweeps.run", "view_counts"]])
def test_every_door_is_stopped_while_it_imports_what_it_needs(door, seconds, tmp_path):
    command = [sys.executable, "-m", *door, "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=heed_signals,  # noqa: PLW1509  # no threads yet
    )
    while not has_signals(process):
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said.count("\n")) == (130, 1)
    assert said.startswith(f"{door[0]}: stopped at ")


def test_a_command_that_would_do_another_thing_says_so_instead():
    said = stop(
        start("""
            from smile.interruption import Instead, before_stopping
            from smile.progress import Reporter
            with Reporter() as reporter, before_stopping(lambda: Instead("the kettle goes on")):
                reporter.reach("Sewing", 3, 7)
                print("at work", flush=True)
                time.sleep(60)
        """)
    )
    assert said == "a.door: stopped; the kettle goes on\n"
