"""Says how far a study came, from its records alone; serves while it runs and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from smile.errors import UserError
from sweeps.archive import Experiment, list_experiments
from sweeps.decide.ranking import find_best
from sweeps.ledger import open_ledger


def describe_standing(name: str, out: Path) -> str:
    """Returns some lines for each experiment of the study `name` below `out`; raises UserError where there is none."""
    found = list_experiments(name, out)
    if not found:
        raise UserError(f"{out / name} holds no experiment; python -m sweeps.run {name} makes one")
    return "\n".join(line for where, experiment in found.items() for line in _describe(where, experiment))


def _describe(where: Path, experiment: Experiment) -> Iterator[str]:
    about, trials = experiment.about, experiment.trials
    counts = Counter(trial.state for trial in trials)
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"
    yield f"{where}: {about['command']}"
    busy = "a sweep is writing here" if where.is_dir() and open_ledger(where).find_writer() else "no sweep runs here"
    yield f"  data: {about['data']['title']}; {busy}"
    yield f"  finished trials: {len(trials)} ({states}), {sum(trial.seconds for trial in trials):.0f} s in all"
    if best := find_best(trials):
        yield f"  best: {best}"
