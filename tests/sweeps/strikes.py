"""Kills a sweep again and again, and says what became of its trials; goes on where it was stopped.

python -m tests.sweeps.strikes FOLDER [--kills 50] [--with-ray 20] [--interrupts 20] [--full-disks 20]

The last line is JSON: how often each thing was done, and what went wrong. A strike at a moment without Ray comes within
seconds of the start; one with Ray comes after a trial began.
"""

import argparse
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from smile import atomic

PROGRAM = Path(__file__).parent / "fake_sweep.py"
TRIALS, PAUSE = 100_000, 0.05  # more than the strikes let it finish
ORPHANS_END = 10.0  # seconds after which nothing may be left
FULL_BELOW = 240  # kB of room that a small study does not do with, mostly
START = 900.0  # seconds that Ray may take until a trial begins, on a busy machine
MARK = "SMILE_STRIKE"
NO_RAY = "Ray does not start here"
FAULTS = ("lost", "changed", "twice", "orphans", "wrong status", "wrong words")


class Striker:
    """Strikes one study; `done` counts strikes and faults, and lies on disk."""

    def __init__(self, folder):
        self.folder, self.study = folder, folder / "study"
        self.study.mkdir(parents=True, exist_ok=True)
        self.file = folder / "done.json"
        self.done = atomic.read_json(self.file, "delete it") if self.file.exists() else dict.fromkeys(FAULTS, 0)

    def count(self, what, times=1):
        self.done[what] = self.done.get(what, 0) + times
        atomic.write_json(self.file, self.done)

    def records(self):
        return {path.name: path.read_bytes() for path in self.study.glob("*/trials/*.json") if path.name[0] != "."}

    def started(self):
        file = self.study / "started.txt"
        return file.read_text().split() if file.exists() else []

    def strike(self, what, number, with_ray):
        """Starts the sweep, ends it by this signal at a random moment, and looks at what is left."""
        rng, token = random.Random(f"{what} {self.done}"), uuid.uuid4().hex
        before, begun = self.records(), len(self.started())
        process = start(self.study, TRIALS, token)
        if with_ray:
            wait_until(lambda: len(self.started()) > begun or process.poll() is not None, START)
        elif number == signal.SIGINT:  # Python says what it likes until the first line of the program
            wait_until(lambda: hears(process.pid, number) or process.poll() is not None, START)
        time.sleep(rng.uniform(0, 3))
        if process.poll() is not None:  # Ray did not start within its patience, on a busy machine
            self.count("ended by themselves")
            return
        # A terminal sends Ctrl-C to all that it started.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        _, said = process.communicate(timeout=60)
        wait_until(lambda: not find_marked(token), ORPHANS_END)
        orphans = find_marked(token)
        for one in orphans:
            os.kill(one, signal.SIGKILL)
        self.count("orphans", bool(orphans))
        if number == signal.SIGINT:
            last = (said.strip().splitlines() or [""])[-1]
            self.count("wrong words", "goes on from here" not in last)
        self.count("wrong status", process.returncode != (130 if number == signal.SIGINT else -number))
        self.compare(before, begun)
        self.count(what)

    def compare(self, before, begun):
        """Counts records that are gone or differ, and recorded trials that began again."""
        after = self.records()
        self.count("lost", len(before.keys() - after.keys()))
        self.count("changed", sum(after.get(name, own) != own for name, own in before.items()))
        known = {repr(json.loads(own)["setting"]["losses.alignment.weight"]) for own in before.values()}
        self.count("twice", sum(one in known for one in self.started()[begun:]))

    def fill_disk(self, number):
        """Runs a small study where a file leaves little room; then the room is back, and the same command goes on."""
        folder, trials = self.folder / "disk", 6
        with mounted(folder, "3m"):
            study = folder / "study"
            study.mkdir()
            room = random.Random(number).randrange(4, FULL_BELOW) * 1024
            free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            (folder / "filler").write_bytes(bytes(max(free - room, 0)))
            token = uuid.uuid4().hex
            status, said = finish(start(study, trials, token))
            if NO_RAY in said:  # on a busy machine: that says nothing of the disk
                self.count("Ray did not start")
                return
            if status:
                self.count("disk was full")
                last = (said.strip().splitlines() or [""])[-1]
                named = os.strerror(errno.ENOSPC) in last and str(folder) in last
                self.count("wrong words", not named)
            kept = {path.name: path.read_bytes() for path in study.glob("*/trials/*.json") if path.name[0] != "."}
            (folder / "filler").unlink()
            while NO_RAY in (again := finish(start(study, trials, token)))[1]:
                self.count("Ray did not start")
            after = {path.name: path.read_bytes() for path in study.glob("*/trials/*.json")}
            wrong = again[0] != 0 or len(after) != trials
            self.count("wrong status", wrong)
            self.count("lost", len(kept.keys() - after.keys()))
            if wrong or (status and not named):
                print(f"room {room}: {said}\nthen: {again[1]}", file=sys.stderr)
        self.count("full disks")


class mounted:
    """A small file system in memory, for a `with` block."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.folder], check=True)

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.folder], check=True)


def start(folder, trials, token):
    command = [sys.executable, str(PROGRAM), str(folder), str(trials), str(PAUSE)]
    environment = {**os.environ, MARK: token}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, start_new_session=True, env=environment, **pipes)


def hears(process, number):
    """Whether the program waits for this signal itself, which it then has blocked."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    blocked = next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(blocked, 16) >> (number - 1) & 1)


def finish(process):
    """The status of a sweep that runs to its end, and what it said."""
    _, said = process.communicate(timeout=START)
    return process.returncode, said


def find_marked(token):
    """Processes that a strike started and that still run, by their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            zombie = (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if not zombie and f"{MARK}={token}".encode() in (place / "environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
        except OSError:  # it has ended, or is not ours
            continue
    return found


def wait_until(true, seconds):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.1)


def strike_all(folder, kills, with_ray, interrupts, full_disks=0):
    """Does what is missing of these strikes; returns how often each thing happened."""
    # What a script starts by `&` has Ctrl-C ignored, and so have its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    striker = Striker(folder)
    plan = [("kills with Ray", signal.SIGKILL, True)] * with_ray
    plan += [("kills without Ray", signal.SIGKILL, False)] * (kills - with_ray)
    plan += [("interrupts", signal.SIGINT, number % 2 == 0) for number in range(interrupts)]
    for what, number, ray in plan:
        wanted = sum(one[0] == what for one in plan)
        before = striker.done.get(what, 0)
        while before < wanted and striker.done.get(what, 0) == before:
            striker.strike(what, number, ray)
            print(json.dumps(striker.done), flush=True)
    while (number := striker.done.get("full disks", 0)) < full_disks:
        striker.fill_disk(number)
        print(json.dumps(striker.done), flush=True)
    return {**striker.done, "trials kept": len(striker.records())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for option, usual in (("--kills", 50), ("--with-ray", 20), ("--interrupts", 20), ("--full-disks", 20)):
        parser.add_argument(option, type=int, default=usual)
    given = parser.parse_args()
    print(json.dumps(strike_all(given.folder, given.kills, given.with_ray, given.interrupts, given.full_disks)))
