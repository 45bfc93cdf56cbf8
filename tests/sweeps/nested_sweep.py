"""Run by test_places.py in its own process: trials on two workers of Ray Train, of which one is stopped early.

python nested_sweep.py FOLDER
"""

import sys
import time
from pathlib import Path

from smile.interruption import take_signals

if __name__ == "__main__":
    take_signals("nested_sweep")  # before the imports below, as in every door

from smile.door import leave
from sweeps.draw.ranges import LogUniform
from sweeps.effort import Effort, rungs
from sweeps.ledger import Ledger
from sweeps.search import search
from sweeps.studies import Study
from sweeps.trial import spread_over_workers

EPOCHS = 8
KEY = "losses.alignment.weight"
DEFAULT, POOR, NEXT = 1.0, 0.2, 2.0
#: Seconds that the poor trial would go on after its first report: only who stops it makes room for the next one.
STUBBORN = 3000.0


def objective(setting, report):
    from ray import train

    weight = setting[KEY]
    if train.get_context().get_world_rank() == 0:
        note(f"begins {weight}")
    for epoch in rungs(EPOCHS):
        report(epoch, weight + epoch / 100)
        if weight == POOR and epoch >= EPOCHS / 4:
            time.sleep(STUBBORN)


def note(what):
    with (FOLDER / "times.txt").open("a") as log:
        log.write(f"{time.time():.1f} {what}\n")


def run():
    ledger = Ledger(FOLDER, {"study": "nested"})
    ledger.open({})
    effort = Effort(trials=3, epochs=EPOCHS, seed=0, concurrency=1, workers=2)
    study = Study("nested", {KEY: LogUniform(0.1, 10.0)}, {})
    wanted = [{KEY: weight} for weight in (DEFAULT, POOR, NEXT)]
    whole = spread_over_workers(objective, effort, FOLDER / "train")
    search(study, wanted[0], ledger, f"sqlite:///{FOLDER}/study.db", whole, effort, note, wanted=wanted)
    return 0


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1])
    sys.exit(leave("nested_sweep", run))
