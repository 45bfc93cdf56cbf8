"""Confirms what a search found: runs the best settings and the default with further seeds, on further splits.

A search reports the luckiest of many trials. Here each setting is fixed before it runs again, so luck is not chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from smile import atomic
from smile.errors import BadFile, UserError
from sweeps.decide.ranking import rank_trials
from sweeps.decide.verdict import Verdict, judge_settings
from sweeps.draw.ranges import Among
from sweeps.effort import Effort, TrialObjective
from sweeps.ledger import COMPLETE, Ledger, Trial
from sweeps.objectives.reading import Right
from sweeps.search import search
from sweeps.studies import Sample, Study
from sweeps.trial import SEED


@dataclass(frozen=True)
class Demand:
    """Says what is confirmed, and how surely."""

    best: int  # number of settings
    seeds: int  # that each runs with at first
    most_seeds: int
    matters: float  # difference that matters, as a fraction: seeds are added until the standard error is below it


@dataclass(frozen=True)
class Confirmation:
    """Holds the outcome: the verdict on each setting, and the setting to use."""

    verdicts: tuple[Verdict, ...]
    seeds: int
    failed: int  # runs

    def choose(self, default: Sample) -> Sample:
        """Returns the winner with the largest difference; the default where no setting wins."""
        winners = [verdict for verdict in self.verdicts if verdict.says == "wins"]
        return max(winners, key=lambda verdict: verdict.difference).setting if winners else default


def choose_candidates(trials: Sequence[Trial], default: Sample, count: int) -> list[Sample]:
    """Returns the settings of the best complete trials other than the default; UserError where there is none."""
    found = [trial.setting for trial in rank_trials(trials) if trial.setting != default][:count]
    if not found:
        raise UserError("no complete trial other than the default can be confirmed; search first, with more --trials")
    return found


def confirm(
    study: Study,
    settings: Sequence[Sample],
    ledger: Ledger,
    storage: str,
    objective: TrialObjective,
    effort: Effort,
    demand: Demand,
    say: Callable[[str], None],
) -> Confirmation:
    """Runs the default, which is the first of `settings`, and the others with each seed; adds seeds while unsure.

    The seeds follow that of the search, so that none was searched with. Runs that are in `ledger` are not repeated.
    """
    every = tuple(effort.seed + 1 + number for number in range(demand.most_seeds))
    wider = replace(study, ranges={**study.ranges, SEED: Among(every)})
    count = min(demand.seeds, demand.most_seeds)
    while True:
        wanted = [{**setting, SEED: seed} for seed in every[:count] for setting in settings]
        whole = replace(effort, trials=len(wanted), repeats=1, scheduler="none")
        ended = search(wider, wanted[0], ledger, storage, objective, whole, say, wanted)
        _require_same_people(ledger)
        outcome = sum_up_runs(ledger.trials(), settings, every[:count], effort.seed)
        error = max((verdict.error for verdict in outcome.verdicts), default=math.nan)
        if not ended or count >= demand.most_seeds or not error > demand.matters:
            return outcome
        say(f"standard error {100 * error:.2f} points after {count} seeds; {demand.seeds} more are run")
        count = min(count + demand.seeds, demand.most_seeds)


def _require_same_people(ledger: Ledger) -> None:
    """Raises BadFile where runs with one seed, which share a split, tell of different people: one is damaged."""
    first: dict[int, Trial] = {}
    for trial in ledger.trials():
        other = first.setdefault(trial.setting[SEED], trial) if trial.state == COMPLETE else trial
        if other.right.keys() != trial.right.keys():
            reason = f"tells of other people than trial {other.number}, which has the same seed"
            raise BadFile(ledger.path(trial.setting), "right", reason, "delete both to run these trials again")


def sum_up_runs(trials: Iterable[Trial], settings: Sequence[Sample], seeds: Sequence[int], seed: int) -> Confirmation:
    """Returns the outcome of the runs so far."""
    runs: list[dict[int, Right]] = [{} for _ in settings]
    failed = 0
    for trial in trials:
        setting = {key: value for key, value in trial.setting.items() if key != SEED}
        if setting in settings and trial.setting[SEED] in seeds:
            if trial.state == COMPLETE:
                runs[settings.index(setting)][trial.setting[SEED]] = trial.right
            failed += trial.state != COMPLETE
    others = [(setting, own) for setting, own in zip(settings[1:], runs[1:], strict=True) if set(own) & set(runs[0])]
    return Confirmation(tuple(judge_settings(runs[0], others, seed)) if others else (), len(runs[0]), failed)


def write_confirmation(name: str, found: Confirmation, default: Sample, ledger: Ledger, out: Path) -> Path:
    """Writes `<out>/<name>.confirmed.json`: the setting to use and the verdicts; returns its path."""
    path = out / f"{name}.confirmed.json"
    content: dict[str, Any] = {
        "study": name,
        "experiment": ledger.folder.name,
        "setting": found.choose(default),
        "default": default,
        "seeds": found.seeds,
        "failed_runs": found.failed,
        "verdicts": [{**asdict(verdict), "says": verdict.says} for verdict in found.verdicts],
    }
    atomic.write_json(path, content)
    return path
