"""Run by test_search.py in its own process: a sweep of a cheap objective whose best setting is known.

python fake_sweep.py FOLDER TRIALS [seconds an epoch] [URL of Optuna's database]
"""

import math
import os
import sys
import threading
import time
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("fake_sweep")  # before the imports below, as in every door

from smile.door import leave
from smile.progress import Reporter
from sweeps.draw.ranges import LogUniform
from sweeps.effort import Effort, rungs
from sweeps.ledger import Ledger
from sweeps.search import search
from sweeps.studies import Study

EPOCHS = 8
STUDY = Study(
    "a fake",
    {"losses.alignment.weight": LogUniform(0.1, 10.0), "losses.redundancy.weight": LogUniform(0.1, 10.0)},
    {"training.epochs": EPOCHS, "losses.redundancy.weight": 1.0},  # the default lies outside of the range
)
IDLE = "-"  # of a worker that has ended its trial
PLANTED = 3.0  # a redundancy weight above it fails


def score(weight, epoch):
    return 1 - abs(math.log(weight / 0.5)) / 4 - 1 / (1 + epoch)


def note(file, words):
    with (FOLDER / file).open("a") as log:
        log.write(f"{words}\n")


def objective(setting, report):
    note("started.txt", repr(setting["losses.alignment.weight"]))
    note("working.txt", f"{os.getpid()} {setting['losses.alignment.weight']!r}")
    try:
        work(setting, report)
    finally:
        note("working.txt", f"{os.getpid()} {IDLE}")


def work(setting, report):
    if setting["losses.redundancy.weight"] > PLANTED:
        if setting["losses.alignment.weight"] > 1:
            os.abort()
        raise RuntimeError("a planted fault")
    for epoch in rungs(EPOCHS):
        time.sleep(PAUSE)
        report(epoch, score(setting["losses.alignment.weight"], epoch))


LOCK = threading.RLock()


def say(line):
    """Holds what cannot be pickled, as a progress bar does."""
    with LOCK:
        print(line, flush=True)


def run():
    ledger = Ledger(FOLDER, {"study": "fake"})
    ledger.open({})
    effort = Effort(trials=TRIALS, epochs=EPOCHS, seed=0, concurrency=2)
    default = STUDY.default(STUDY.config({}))
    with Reporter() as reporter, ledger.writing():

        def tell(line):
            say(line)
            reporter.reach("trials", len(ledger.trials()), TRIALS)

        reporter.reach("trials", len(ledger.trials()), TRIALS)
        search(STUDY, default, ledger, STORAGE, objective, effort, tell)
    print("ray" if "ray" in sys.modules else "no ray", flush=True)
    return 0


if __name__ == "__main__":
    FOLDER, TRIALS, PAUSE = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
    STORAGE = sys.argv[4] if len(sys.argv) > 4 else f"sqlite:///{FOLDER}/study.db"
    sys.exit(leave("fake_sweep", run))
