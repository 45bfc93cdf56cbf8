"""Times what a sweep adds to a trial, for python -m bench.speed sweep, which may not know this room.

python -m sweeps.speed trials COUNT IMPORTS, and python -m sweeps.speed replay FILE REPLAYS, print JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.speed.peers.plain_tune import AT_ONCE, list_values, work
from sweeps.archive import read_archive
from sweeps.decide.replay import choose_whole
from sweeps.decide.savings import replay_scheduler
from sweeps.draw.ranges import LogUniform
from sweeps.draw.scheduling import SCHEDULERS
from sweeps.effort import Effort, TrialReport
from sweeps.ledger import Ledger
from sweeps.search import search
from sweeps.studies import Sample, Study

KEY = "losses.alignment.weight"


def run_trials(count: int, imports: str) -> dict[str, Any]:
    """Returns seconds a trial, from the end of the first to that of the last, and each setting's score."""
    ended = []

    def objective(setting: Sample, report: TrialReport) -> None:
        report(1, work(setting[KEY], imports))

    study = Study("Trials that do hardly anything.", {KEY: LogUniform(0.1, 10.0)}, {})
    settings = [{KEY: value} for value in list_values(count)]
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder), {"study": "speed"})
        ledger.open({})
        effort = Effort(trials=count, epochs=1, seed=0, concurrency=AT_ONCE, scheduler="none")
        storage = f"sqlite:///{folder}/study.db"

        def say(_: str) -> None:  # a trial has ended
            ended.append(time.perf_counter())

        search(study, settings[0], ledger, storage, objective, effort, say, wanted=settings)
        scores = {str(trial.setting[KEY]): trial.objective for trial in ledger.trials()}
    return {"seconds": (ended[-1] - ended[0]) / (count - 1), "scores": scores}


def replay_study(file: str, replays: int) -> list[dict[str, Any]]:
    """Returns what each scheduler saves in a recorded study, and how often it keeps a good trial."""
    experiment = read_archive(Path(file))
    if not choose_whole(experiment.trials):
        return []
    savings = {name: replay_scheduler(experiment, name, AT_ONCE, replays) for name in SCHEDULERS}
    return [
        {"scheduler": name, "factor": one.factor, "kept": one.kept, "trials": one.trials}
        for name, one in savings.items()
    ]


if __name__ == "__main__":
    what, given = sys.argv[1], sys.argv[2:]
    found = (
        run_trials(int(given[0]), *(given[1:] or [""])) if what == "trials" else replay_study(given[0], int(given[1]))
    )
    print(json.dumps(found))
