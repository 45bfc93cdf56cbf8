"""EDGE optuna: reports what a study found, as markdown, a figure and the best setting, from the ledger alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tabulate import tabulate

from smile import atomic
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger, Trial
from sweeps.search import distributions, frozen
from sweeps.studies import Sample, Study, read_ranges

#: Number of trials in the table of the best.
TOP = 10

#: With fewer than ENOUGH complete trials, no importance is given; with fewer than MANY, it is called a hint.
ENOUGH, MANY = 4, 20

#: Settings of functional ANOVA over a random forest (Hutter et al. 2014); fixed here, because Optuna's default changes.
IMPORTANCE = {"n_trees": 64, "max_depth": 64, "seed": 0}


def write_study_report(name: str, ledger: Ledger, out: Path) -> Path:
    """Writes `<out>/<name>.md`, `.png` and, where a trial is complete, `.best.json`; returns the path of the `.md`."""
    from sweeps.figure import draw_study

    trials, about = ledger.trials(), ledger.about()
    identity = about["identity"]
    study = Study(identity["purpose"], read_ranges(identity["ranges"]), {})
    draw_study(study, trials, identity["default"], out / f"{name}.png")
    best = find_best(trials)
    if best:
        atomic.write_json(out / f"{name}.best.json", best.setting)
    sections = [
        f"# Study {name}\n\n{study.purpose}",
        _describe(about),
        _outcome(name, study, trials, identity["default"]),
        _top(study, trials, about),
        _importance(study, trials),
        _stopped(trials),
        f"![Objective against each setting, and over the trials]({name}.png)",
        _provenance(about),
    ]
    atomic.write_text(out / f"{name}.md", "\n\n".join(section for section in sections if section) + "\n")
    return out / f"{name}.md"


def find_best(trials: list[Trial]) -> Trial | None:
    """Returns the complete trial with the highest objective, the earliest of equals; None without a complete trial."""
    complete = [trial for trial in trials if trial.state == COMPLETE]
    return max(complete, key=lambda trial: (trial.objective or 0.0, -trial.number), default=None)


def find_importance(study: Study, trials: list[Trial]) -> dict[str, float]:
    """Returns each setting's share in the variance of the objective over complete trials; empty with too few trials."""
    import optuna

    complete = [trial for trial in trials if trial.state == COMPLETE]
    if len(study.ranges) < 2 or len(complete) < ENOUGH or len({trial.objective for trial in complete}) < 2:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = distributions(study)
    known = optuna.create_study(direction="maximize")
    known.add_trials([frozen(trial, space) for trial in complete])
    evaluator = optuna.importance.FanovaImportanceEvaluator(**IMPORTANCE)
    shares: dict[str, float] = optuna.importance.get_param_importances(known, evaluator=evaluator)
    return shares


def _describe(about: dict[str, Any]) -> str:
    data = about["data"]
    faces = f" ({data['stand_in']} faces, a stand-in: no licensed recordings)" if data["stand_in"] else ""
    epochs = about["identity"]["config"]["training"]["epochs"]
    return (
        f"Data: {data['title']}{faces}. Each trial pretrains for {epochs} epochs on {data['pretraining_clips']} clips "
        f"of {data['pretraining_subjects']} subjects, without labels. {about['objective']} {about['kept_apart']}"
    )


def _outcome(name: str, study: Study, trials: list[Trial], default: Sample) -> str:
    best = find_best(trials)
    base = next((trial for trial in trials if trial.setting == default and trial.state == COMPLETE), None)
    if best is None:
        return "## Best setting\n\nNo trial is complete."
    first = "default" if base is None else f"default (trial {base.number})"
    rows = [[f"`{key}`", _number(default[key]), _number(best.setting[key])] for key in study.ranges]
    rows.append(["**objective**", _objective(base), f"**{_objective(best)}**"])
    table = _table(["setting", first, f"best (trial {best.number})"], rows)
    if best.setting == default:
        return f"## Best setting\n\nNo trial beat the default.\n\n{table}"
    use = " ".join(f"--set {key}={value}" for key, value in best.setting.items())
    return f"## Best setting\n\n{table}\n\nTo use it (also in `{name}.best.json`):\n\n```\n{use}\n```"


def _top(study: Study, trials: list[Trial], about: dict[str, Any]) -> str:
    complete = sorted((t for t in trials if t.state == COMPLETE), key=lambda t: (-(t.objective or 0.0), t.number))
    rows = [
        [
            trial.number,
            _objective(trial),
            *(_number(trial.setting[key]) for key in study.ranges),
            f"{trial.seconds:.0f}",
        ]
        for trial in complete[:TOP]
    ]
    clips, best = about["data"]["validation_clips"], find_best(trials)
    if best is None or best.objective is None:
        return ""
    error = (best.objective * (1 - best.objective) / clips) ** 0.5
    headers = ["trial", "objective", *(f"`{key.removeprefix('losses.')}`" for key in study.ranges), "seconds"]
    return (
        f"## Complete trials\n\n{_table(headers, rows)}\n\n"
        f"The validation has {clips} clips: one clip is {1 / clips:.3f}, and the standard error of one objective about "
        f"{error:.3f}. The best of many trials is also the luckiest; differences of this size need more data or seeds."
    )


def _importance(study: Study, trials: list[Trial]) -> str:
    if len(study.ranges) < 2:
        return ""
    complete = sum(trial.state == COMPLETE for trial in trials)
    shares = find_importance(study, trials)
    if not shares:
        return (
            f"## Importance\n\nNot given: {complete} complete trial(s), {ENOUGH} with different objectives are needed."
        )
    settings = ", ".join(f"{key}={value}" for key, value in IMPORTANCE.items())
    rows = [[f"`{key}`", f"{share:.2f}"] for key, share in shares.items()]
    hint = f" With fewer than {MANY} trials it is a hint at most." if complete < MANY else ""
    return (
        f"## Importance\n\n{_table(['setting', 'share'], rows)}\n\n"
        f"optuna.importance.FanovaImportanceEvaluator({settings}) over {complete} complete trials.{hint}"
    )


def _stopped(trials: list[Trial]) -> str:
    pruned = [trial for trial in trials if trial.state == PRUNED]
    failed = [trial for trial in trials if trial.state == FAILED]
    lines = [f"{len(pruned)} of {len(trials)} trials were stopped early, {len(failed)} failed."]
    lines += [f"- trial {t.number}: stopped after {t.history[-1][0]} epochs at {_objective(t)}" for t in pruned]
    lines += [f"- trial {t.number}: failed: {t.reason}" for t in failed]
    return "## Stopped and failed trials\n\n" + "\n".join(lines)


def _provenance(about: dict[str, Any]) -> str:
    identity = about["identity"]
    facts = {
        "command": f"`{about['command']}`",
        "commit": about["commit"],
        "source hash": identity["source"],
        "seed": identity["seed"],
        "data hash": identity["data"][:16],
        "subjects hash": identity["subjects"],
        "sampler": about["sampler"],
        "early stopping": about["scheduler"],
        "device": about["device"],
        "versions": ", ".join(f"{name} {version}" for name, version in about["versions"].items()),
    }
    return "## Provenance\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.items())


def _table(headers: list[str], rows: list[list[Any]]) -> str:
    return str(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True))


def _objective(trial: Trial | None) -> str:
    return "failed" if trial is None or trial.objective is None else f"{trial.objective:.4f}"


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
