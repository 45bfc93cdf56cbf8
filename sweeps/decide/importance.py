"""EDGE optuna: says which settings decide the score, by two measures, and how sure that is.

Functional ANOVA (Hutter et al. 2014) gives each setting's share in the variance of the score over the whole range.
PED-ANOVA (Watanabe et al. 2023) gives its share in what sets the best quarter of the trials apart from all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.statistics.intervals import Score, make_score
from smile import atomic
from smile.digests import digest
from smile.errors import BadFile
from smile.limits import rebuild
from sweeps.draw.searcher import distributions, frozen
from sweeps.ledger import COMPLETE, Trial
from sweeps.studies import Study

#: With fewer complete trials, no importance is given: it would be noise.
ENOUGH = 20
#: Trials are drawn again, with replacement, this often.
DRAWS = 100
#: Trees of the forest that functional ANOVA reads: over all trials, and over each drawing, where fewer must do.
TREES, TREES_OF_DRAWING = 64, 8
#: What PED-ANOVA calls good: the best share of the trials.
GOOD = 0.25
#: Measure -> (what it is, how it is computed); fixed here, because Optuna's defaults change.
MEASURES = {
    "variance": (
        "share of the variance",
        f"optuna.importance.FanovaImportanceEvaluator(n_trees={TREES}, max_depth=64, seed=0)",
    ),
    "good": (
        f"share of what makes the best {GOOD:.0%}".replace("%", " %"),
        f"optuna.importance.PedAnovaImportanceEvaluator(target_quantile={GOOD}, evaluate_on_local=True)",
    ),
}


@dataclass(frozen=True)
class Importance:
    """Holds measure -> setting -> its share, with a 95 % percentile interval over drawings of the trials."""

    shares: Mapping[str, Mapping[str, Score]]
    trials: int
    drawings: int

    def rank(self) -> list[str]:
        """Returns the settings, that with the largest share in the variance first."""
        found = self.shares["variance"]
        return sorted(found, key=lambda key: (-found[key].value, key))


def find_importance(study: Study, trials: Sequence[Trial]) -> Importance | None:
    """Returns how much each setting decides; None with one setting, ENOUGH trials not complete, or all scores equal."""
    complete = [trial for trial in trials if trial.state == COMPLETE]
    if len(study.ranges) < 2 or len(complete) < ENOUGH or len({trial.objective for trial in complete}) < 2:
        return None
    space = distributions(study)
    known = [frozen(trial, space) for trial in complete]
    rng = np.random.default_rng(0)
    drawings = [[known[row] for row in rng.integers(len(known), size=len(known))] for _ in range(DRAWS)]
    shares = {}
    for name, measure in _list_measures().items():
        drawn = [measure(drawing, TREES_OF_DRAWING) for drawing in drawings]
        shares[name] = _sum_up(tuple(study.ranges), measure(known, TREES), drawn)
    return Importance(shares, len(known), DRAWS)


def _sum_up(keys: Sequence[str], whole: Mapping[str, float], drawn: Sequence[Mapping[str, float]]) -> dict[str, Score]:
    return {key: make_score(np.array(whole[key]), np.array([one[key] for one in drawn])) for key in keys}


def recall_importance(study: Study, trials: Sequence[Trial], path: Path) -> Importance | None:
    """Returns the same as `find_importance`, from the file `path` where that is of these trials; else writes it there.

    A hundred drawings take a quarter of a minute, and a report is written again at each look.
    """
    told = [[trial.setting, trial.objective] for trial in trials if trial.state == COMPLETE]
    of = digest([told, [DRAWS, TREES, TREES_OF_DRAWING, GOOD, ENOUGH]])
    try:
        held = atomic.read_json(path, "") if path.exists() else {}
        if held.get("of") == of:
            kept: Importance = rebuild(Importance, held["importance"])
            return kept
    except (BadFile, KeyError, ValueError):
        pass  # it is made anew
    found = find_importance(study, trials)
    if found:
        atomic.write_json(path, {"of": of, "importance": asdict(found)})
    else:
        path.unlink(missing_ok=True)
    return found


def _list_measures() -> dict[str, Callable[[list[Any], int], dict[str, float]]]:
    """Returns the measures as functions of Optuna's trials and a number of trees."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def evaluate(evaluator: Any, trials: list[Any]) -> dict[str, float]:
        if len({trial.value for trial in trials}) < 2:  # drawn again and again: nothing to tell apart
            return dict.fromkeys(trials[0].params, 1 / len(trials[0].params))
        study = optuna.create_study(direction="maximize")
        study.add_trials(trials)
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
        return {key: float(share) for key, share in found.items()}

    tools = optuna.importance
    return {
        "variance": lambda trials, trees: evaluate(
            tools.FanovaImportanceEvaluator(n_trees=trees, max_depth=64, seed=0), trials
        ),
        "good": lambda trials, _: evaluate(
            tools.PedAnovaImportanceEvaluator(target_quantile=GOOD, evaluate_on_local=True), trials
        ),
    }
