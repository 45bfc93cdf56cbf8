"""Times what a sweep adds to each trial beside Ray Tune with a plain function, and what halving saves on records.

Each way runs in a process of its own, because both start Ray. Sweeps are called by name: `bench` does not know them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.speed.row import SpeedRow
from smile.errors import UserError
from smile.progress import Reporter, report_each
from smile.provenance import ROOT

#: What a trial imports: nothing, or what a real one needs, which takes seconds in each new process.
IMPORTS = ("", "torch")
ROUNDS = 3
#: Trials of a run: ours are short, so that more of them are timed.
OURS, PLAIN = 40, 8
REPLAYS = 1000
#: Share of the replays in which the choice shall be among the best twentieth of the trials.
KEPT = 0.95
#: Whole trials that a replay needs.
FEWEST = 20


def time_sweep(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each kind of trial, and one for each recorded study and scheduler."""
    rows = [_time_trials(imports, reporter) for imports in IMPORTS]
    files = sorted((ROOT / "results" / "sweeps").glob("*.jsonl"))
    studies = [file for file in files if "." not in file.stem]
    return rows + [row for file in report_each(reporter, "Replaying studies", studies) for row in _replay(file)]


def _time_trials(imports: str, reporter: Reporter) -> SpeedRow:
    ways: dict[str, tuple[Any, ...]] = {
        "ours": ("sweeps.speed", "trials", OURS, imports),
        "plain": ("bench.speed.peers.plain_tune", PLAIN, imports),
    }
    equal = [_run("sweeps.speed", "trials", PLAIN, imports), _run(*ways["plain"])]
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in report_each(reporter, f"Timing trials that import {imports or 'nothing'}", range(ROUNDS)):
        for name in list(ways) if number % 2 == 0 else list(ways)[::-1]:
            seconds[name].append(_run(*ways[name])["seconds"])
    ours, plain = (statistics.median(seconds[name]) for name in ways)
    return SpeedRow(
        stage="sweep",
        case=f"a trial that imports {imports or 'nothing'} and does nothing, 2 at a time",
        ours=1 / ours,
        peer=1 / plain,
        peer_name="Ray Tune, a plain function",
        unit="trials/s",
        equal=equal[0]["scores"] == equal[1]["scores"],
        note=f"{1000 * ours:.0f} ms a trial of ours, record on disk included; Ray's start is not counted",
    )


def _replay(file: Path) -> list[SpeedRow]:
    """Returns a row for the scheduler that saves most of those that keep a good trial; none with too few trials."""
    found = [one for one in _run("sweeps.speed", "replay", file, REPLAYS) if one["trials"] >= FEWEST]
    if not found:
        return []
    best = max(found, key=lambda one: (one["kept"] >= KEPT, one["factor"]))
    return [
        SpeedRow(
            stage="sweep",
            case=f"{file.stem}: {best['trials']} recorded trials in {REPLAYS} orders, {best['scheduler']}",
            ours=best["factor"],
            peer=1.0,
            peer_name="no trial stopped",
            unit="studies",
            equal=best["kept"] >= KEPT,
            note=f"in the time of one; the choice is among the best 5 % in {100 * best['kept']:.1f} % of the orders",
        )
    ]


def _run(*words: Any) -> Any:
    """Returns the JSON that a program prints in its last line; raises UserError with its last words where it fails."""
    command = [sys.executable, "-m", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{' '.join(command[1:])}: {(done.stderr.strip().splitlines() or ['no words'])[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
