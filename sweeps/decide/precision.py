"""Decides before a search how often each trial trains: until the default's standard error is below what matters.

Each training has its own seed and its own split of the subjects, equal for all trials. Few trainings leave luck, many
cost time; so the default alone is trained until its score is sure enough, and all trials train as often.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from smile.errors import UserError
from sweeps.decide.aim import Aim
from sweeps.decide.luck import find_error
from sweeps.draw.ranges import Among
from sweeps.effort import Effort, TrialObjective
from sweeps.ledger import COMPLETE, Ledger, Trial
from sweeps.objectives.repeats import Ending, join_endings
from sweeps.search import search
from sweeps.studies import Sample, Study
from sweeps.trial import SEED, seed_repeat

#: Trainings that run before the error is looked at.
AT_ONCE = 2


@dataclass(frozen=True)
class Certainty:
    """Holds how often each trial trains, and what this makes of the default setting."""

    repeats: int
    error: float  # standard error of the default's objective over subjects; NaN where no subject has a part in it
    trial: Trial  # of the default setting, put together from its trainings

    def describe(self, aim: Aim) -> str:
        """Returns a sentence for the report."""
        times = "once" if self.repeats == 1 else f"{self.repeats} times, each time on a further split of the subjects"
        if self.error != self.error:
            return f"Each trial trains {times}; this objective has no standard error over subjects."
        reached = "below" if self.error < aim.matters else "not below"
        return (
            f"Each trial trains {times}: then the standard error of the default over subjects is "
            f"{100 * self.error:.1f} points, {reached} the {100 * aim.matters:g} that were said to matter beforehand "
            f"(at most {aim.most} trainings)."
        )


def choose_precision(
    study: Study,
    default: Sample,
    ledger: Ledger,
    storage: str,
    objective: TrialObjective,
    effort: Effort,
    aim: Aim,
    say: Callable[[str], None],
) -> Certainty | None:
    """Trains the default with seed after seed, into `ledger`, until it is sure; None where a budget ended it first.

    Trainings that are in the ledger are not run again. Raises UserError where one fails.
    """
    every = [{**default, SEED: seed_repeat(effort.seed, number)} for number in range(aim.most)]
    wider = replace(study, ranges={**study.ranges, SEED: Among(tuple(one[SEED] for one in every))})
    for count in range(min(AT_ONCE, aim.most), aim.most + AT_ONCE, AT_ONCE):
        wanted = every[:count]
        alone = replace(effort, trials=len(wanted), repeats=1, scheduler="none")
        if not search(wider, wanted[0], ledger, storage, objective, alone, say, wanted):
            return None
        runs = [trial for setting in wanted for trial in ledger.trials() if trial.setting == setting]
        found = sum_up_default(runs, default, aim)
        if not found.error >= aim.matters:
            break
    return found


def sum_up_default(runs: Sequence[Trial], default: Sample, aim: Aim) -> Certainty:
    """Returns what the first of these runs come to, as many as make the default sure; all of them where none do."""
    failed = next((trial for trial in runs if trial.state != COMPLETE), None)
    if failed is not None:
        raise UserError(
            f"the default setting failed: {failed.reason}; change it by --set, or search without knowing how sure a "
            "score is by --repeats 1"
        )
    for count in range(1, len(runs) + 1):
        trial = join_runs(runs[:count], default)
        error = find_error(trial.right)
        if not error >= aim.matters:
            break
    return Certainty(count, error, trial)


def join_runs(runs: Sequence[Trial], default: Sample) -> Trial:
    """Returns the trial that trains as often as there are `runs`, from a run for each of its seeds."""
    endings = [Ending(run.objective or 0.0, run.right, run.also) for run in runs]
    joined = [join_endings(endings[: count + 1]) for count in range(len(runs))]
    epochs = runs[0].history[-1][0]
    later = tuple((epochs * (count + 1), joined[count].value) for count in range(1, len(runs)))
    return replace(
        runs[0],
        number=0,
        setting=dict(default),
        objective=joined[-1].value,
        history=(*runs[0].history, *later),
        right=joined[-1].right,
        also=joined[-1].also,
        seconds=round(sum(run.seconds for run in runs), 1),
    )
