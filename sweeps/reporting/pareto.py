"""Reports the trials that no other beats in two objectives at once, of a search and of its second stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smile.digests import digest
from sweeps.archive import Experiment, read_archive
from sweeps.decide.front import SECONDS, Second, find_front
from sweeps.effort import SPENT
from sweeps.ledger import COMPLETE, Trial
from sweeps.reporting.cells import write_objective, write_table, write_value

#: Second objective of a study that had no second stage.
USUAL_SECOND = "seconds"


@dataclass(frozen=True)
class Stages:
    """Holds the complete trials of a search and of its second stage, and what they are weighed by."""

    name: str  # key of SECONDS
    first: tuple[Trial, ...]
    second: tuple[Trial, ...]  # empty where there was no second stage

    @property
    def objective(self) -> Second:
        """The second objective."""
        return SECONDS[self.name]

    @property
    def about(self) -> str:
        """What the second objective is; records from before seconds of computing were kept tell others."""
        every = (*self.first, *self.second)
        clock = self.name == USUAL_SECOND and every and not any(SPENT in trial.also for trial in every)
        return "seconds that passed for a trial" if clock else self.objective.about

    @property
    def front(self) -> list[Trial]:
        """The trials that no other beats, the best score first."""
        return find_front([*self.first, *self.second], self.objective)


def find_front_archive(name: str, out: Path) -> Path:
    """Returns the place of the trials of the second stage of a study."""
    return out / f"{name}.front.jsonl"


def read_stages(name: str, experiment: Experiment, out: Path) -> Stages:
    """Returns both stages; a second stage of another experiment does not count."""
    first = tuple(trial for trial in experiment.trials if trial.state == COMPLETE)
    path = find_front_archive(name, out)
    kept = read_archive(path) if path.exists() else None
    if kept is None:
        return Stages(USUAL_SECOND, first, ())
    identity = dict(kept.about["identity"])
    weighed = str(identity.pop("second", ""))
    if weighed not in SECONDS or digest(identity) != experiment.identifier:
        return Stages(USUAL_SECOND, first, ())
    return Stages(weighed, first, tuple(trial for trial in kept.trials if trial.state == COMPLETE))


def describe_front(name: str, stages: Stages, keys: tuple[str, ...]) -> str:
    """Returns the section of the report; empty without a complete trial."""
    front = stages.front
    if not front:
        return ""
    after = set(map(id, stages.second))
    rows = [
        [
            f"{trial.number}{' (second stage)' if id(trial) in after else ''}",
            write_objective(trial),
            write_value(stages.objective.read(trial)),
            *(write_value(trial.setting[key]) for key in keys),
        ]
        for trial in front
    ]
    headers = ["trial", "objective", stages.name, *(f"`{key.removeprefix('losses.')}`" for key in keys)]
    counted = f"{len(stages.first)} complete trials of the search and {len(stages.second)} of the second stage"
    how = f" `python -m sweeps.run front {name}`, with the options of the search, searches for both at once."
    how = "" if stages.second else how
    return (
        f"## Two objectives\n\n{write_table(headers, rows)}\n\nNo other of {counted} is as good in both and better in "
        f"one (Pareto). The second objective is the {stages.about}: "
        f"{'more' if stages.objective.mode == 'max' else 'less'} is better.{how}"
    )
