"""Compares schedulers on the recorded curves of a study, in seconds and without training anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from smile.errors import UserError
from smile.progress import report_each
from sweeps.archive import Experiment, list_experiments
from sweeps.decide.replay import Saving, choose_whole, describe_saving, replay_often
from sweeps.draw.scheduling import SCHEDULERS, find_scheduler, make_judge

#: Whole trials that a replay needs: with fewer, every scheduler chooses among hardly any.
FEWEST = 8


def compare_schedulers(
    name: str,
    out: Path,
    schedulers: Sequence[str],
    places: int,
    replays: int,
    progress: Callable[[str, int, int], None],
) -> str:
    """Returns lines for each experiment of the study `name` below `out`: what each scheduler would have saved.

    `places` trials run at a time. Raises UserError where no experiment has FEWEST whole trials, and on an unknown
    scheduler.
    """
    for scheduler in schedulers:
        find_scheduler(scheduler)
    lines = []
    for where, experiment in list_experiments(name, out).items():
        whole = choose_whole(experiment.trials)
        if len(whole) < FEWEST:
            continue
        lines.append(f"{where}: {len(whole)} of {len(experiment.trials)} trials ran to their end; {places} at a time")
        lines += [
            f"  {describe_saving(scheduler, replay_scheduler(experiment, scheduler, places, replays))}"
            for scheduler in report_each(progress, "schedulers", tuple(schedulers) or tuple(SCHEDULERS))
        ]
    if not lines:
        raise UserError(
            f"{out / name}: no experiment has {FEWEST} trials that ran to their end; make one with: "
            f"python -m sweeps.run {name} --trials 60 --scheduler none"
        )
    return "\n".join(lines)


def replay_scheduler(experiment: Experiment, scheduler: str, places: int, replays: int) -> Saving:
    """Returns what a scheduler saves over the whole trials of an experiment, of which there must be some.

    The default setting, which comes first, is never stopped.
    """
    whole, repeats = choose_whole(experiment.trials), experiment.about["identity"].get("repeats", 1)
    epochs = whole[0].history[-1][0] // repeats
    spared = min(range(len(whole)), key=lambda row: whole[row].number)
    return replay_often(whole, places, replays, 0, partial(make_judge, scheduler, epochs, spared, repeats))
