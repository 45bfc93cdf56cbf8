"""Reports what a study found, as markdown, figures and the best setting, from its records alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smile import atomic
from smile.errors import BadFile
from smile.limits import Fraction, Natural, rebuild
from sweeps.archive import Experiment, find_archive, write_archive
from sweeps.decide.agreement import FEWEST_RANKED, find_agreements
from sweeps.decide.importance import recall_importance
from sweeps.decide.luck import expect_best, find_error
from sweeps.decide.ranking import find_best, rank_trials
from sweeps.decide.saved import find_saved
from sweeps.decide.views_worth import VIEWS
from sweeps.draw.ranges import read_ranges
from sweeps.figures.drawing import draw_scene
from sweeps.figures.scene import Scene
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Trial
from sweeps.reporting.cells import write_objective, write_table, write_value
from sweeps.reporting.findings import describe_importance, describe_views, show_figure
from sweeps.reporting.page import write_studies_page
from sweeps.reporting.pareto import describe_front, read_stages
from sweeps.studies import Sample, Study

#: Number of trials in the table of the best.
TOP = 10


@dataclass(frozen=True)
class _Verdict:
    """What `confirm` wrote of a setting."""

    setting: Mapping[str, Any]
    difference: float
    low: float
    high: float
    error: float
    p: Fraction
    says: str


@dataclass(frozen=True)
class _Confirmed:
    """What `confirm` wrote."""

    study: str
    experiment: str
    setting: Mapping[str, Any]
    default: Mapping[str, Any]
    seeds: Natural
    failed_runs: Natural
    verdicts: tuple[_Verdict, ...]


def write_study_report(name: str, experiment: Experiment, out: Path) -> Path:
    """Writes `<out>/<name>.md`, `.jsonl`, figures and, where a trial is complete, `.best.json`; returns the first.

    Also writes `<out>/index.html`, the page of all studies there.
    """
    trials, about = list(experiment.trials), dict(experiment.about)
    identity = about["identity"]
    study = Study(identity["purpose"], read_ranges(identity["ranges"]), {})
    stages, confirmation = read_stages(name, experiment, out), _confirmation(name, experiment, out)  # before it writes
    importance = recall_importance(study, trials, out / f"{name}.importance.json")
    scene = Scene(name, experiment, stages, importance)
    missing = draw_scene(scene, out)
    best = find_best(trials)
    if best:
        atomic.write_json(out / f"{name}.best.json", best.setting)

    def show(figure: str) -> str:
        return show_figure(name, figure, missing[figure])

    sections = [
        f"# Study {name}\n\n{study.purpose}",
        _describe(about),
        _outcome(name, study, trials, identity["default"]),
        _top(study, trials),
        "## Settings and scores\n\n" + "\n\n".join(map(show, ("slices", "parallel"))) if trials else "",
        describe_importance(study, trials, importance),
        *(map(show, ("importance", "contour")) if importance else ()),
        _agreement(trials),
        describe_front(name, stages, tuple(study.ranges)),
        show("front") if stages.front else "",
        describe_views(trials, identity["default"]),
        show("views") if VIEWS in study.ranges else "",
        confirmation,
        "## Course of the search\n\n" + "\n\n".join(map(show, ("history", "learning", "timeline"))),
        _stopped(trials, scene.whole),
        _provenance(about),
    ]
    write_archive(experiment, find_archive(name, out))
    atomic.write_text(out / f"{name}.md", "\n\n".join(section for section in sections if section) + "\n")
    write_studies_page(out)
    return out / f"{name}.md"


def _describe(about: dict[str, Any]) -> str:
    data = about["data"]
    faces = f" ({data['stand_in']} faces, a stand-in: no licensed recordings)" if data["stand_in"] else ""
    epochs = about["identity"]["config"]["training"]["epochs"]
    return (
        f"Data: {data['title']}{faces}. Each trial pretrains for {epochs} epochs on {data['pretraining_clips']} clips "
        f"of {data['pretraining_subjects']} subjects, without labels. {about['objective']} {about['precision']} "
        f"{about['kept_apart']}"
    )


def _outcome(name: str, study: Study, trials: list[Trial], default: Sample) -> str:
    best = find_best(trials)
    base = next((trial for trial in trials if trial.setting == default and trial.state == COMPLETE), None)
    if best is None:
        return "## Best setting\n\nNo trial is complete."
    first = "default" if base is None else f"default (trial {base.number})"
    rows = [[f"`{key}`", write_value(default[key]), write_value(best.setting[key])] for key in study.ranges]
    rows.append(["**objective**", write_objective(base), f"**{write_objective(best)}**"])
    table = write_table(["setting", first, f"best (trial {best.number})"], rows)
    if best.setting == default:
        return f"## Best setting\n\nNo trial beat the default.\n\n{table}"
    use = " ".join(f"--set {key}={value}" for key, value in best.setting.items())
    return f"## Best setting\n\n{table}\n\nTo use it (also in `{name}.best.json`):\n\n```\n{use}\n```"


def _top(study: Study, trials: list[Trial]) -> str:
    complete = rank_trials(trials)
    rows = [
        [
            trial.number,
            write_objective(trial),
            *(write_value(trial.setting[key]) for key in study.ranges),
            f"{trial.seconds:.0f}",
        ]
        for trial in complete[:TOP]
    ]
    best = find_best(trials)
    if best is None or best.objective is None:
        return ""
    headers = ["trial", "objective", *(f"`{key.removeprefix('losses.')}`" for key in study.ranges), "seconds"]
    return f"## Complete trials\n\n{write_table(headers, rows)}\n\n{_luck(best, len(trials))}".rstrip()


def _luck(best: Trial, count: int) -> str:
    if not best.right:
        return ""
    error = find_error(best.right)
    return (
        f"The best trial was scored on {sum(clips for _, clips in best.right.values())} clips of {len(best.right)} "
        f"subjects; the standard error of its objective over subjects is about {error:.3f}. If all {count} settings "
        f"were equally good, the best of them would be expected {expect_best(count, error):.3f} above their mean by "
        "luck alone."
    )


def _agreement(trials: list[Trial]) -> str:
    """Returns how objectives rank the trials, beside those that read labels."""
    found = find_agreements(trials)
    if not found:
        told = sum(bool(trial.also) for trial in trials)
        return (
            f"## Objectives beside accuracy\n\nNot given: {told} trial(s) trained to their end, {FEWEST_RANKED} with "
            "different numbers are needed."
        )
    rows = [
        [f"`{one.objective}`", f"`{one.accuracy}`", f"{one.rho.value:+.2f} [{one.rho.low:+.2f}, {one.rho.high:+.2f}]"]
        for one in found
    ]
    return (
        f"## Objectives beside accuracy\n\n{write_table(['objective', 'beside', 'rank correlation'], rows)}\n\n"
        f"Spearman, over {found[0].trials} trials that trained to their end at least once, with 95 % intervals over "
        "trials. An objective that reads no label is worth as much as it ranks settings like one that does."
    )


def _confirmation(name: str, experiment: Experiment, out: Path) -> str:
    """Returns the verdicts of `python -m sweeps.run confirm`, where it was run on this experiment."""
    path, how = out / f"{name}.confirmed.json", f"`python -m sweeps.run confirm {name}`"
    held = _read_confirmed(path, f"delete it; {how} makes it anew") if path.exists() else None
    if held is None or held.experiment != experiment.identifier:
        # Under other options, the command would ask for another experiment.
        return (
            f"## Confirmation\n\nNot confirmed yet: {how}, with the options of the search, runs the best settings "
            "again with other seeds and splits."
        )
    rows = [
        [", ".join(_shorten(one.setting, held.default)), *_points(one), f"{one.p:.3f}", one.says]
        for one in held.verdicts
    ]
    headers = ["setting", "difference", "standard error", "p (Holm)", "against the default"]
    wins = "The winner is" if held.setting != held.default else "No setting wins: use the default,"
    chosen = " ".join(f"--set {key}={value}" for key, value in held.setting.items())
    return (
        f"## Confirmation\n\n{write_table(headers, rows)}\n\n"
        f"Each setting and the default ran with {held.seeds} further seeds, each on a further split of the "
        f"subjects; {held.failed_runs} runs failed. Differences are in points of accuracy over subjects, with 95 % "
        f"intervals; p is by sign flips over subjects, corrected for the number of settings. {wins} `{chosen}`."
    )


def _read_confirmed(path: Path, remedy: str) -> _Confirmed:
    content = atomic.read_json(path, remedy)
    try:
        found: _Confirmed = rebuild(_Confirmed, content)
    except ValueError as error:
        raise BadFile(path, "", f"not what a confirmation wrote ({error})", remedy) from None
    settings = [found.setting, *(one.setting for one in found.verdicts)]
    if any(setting.keys() != found.default.keys() for setting in settings):
        raise BadFile(path, "", "its settings do not say the same keys", remedy)
    return found


def _shorten(setting: Mapping[str, Any], default: Mapping[str, Any]) -> list[str]:
    """Returns what differs from the default, e.g. "alignment.weight 2"."""
    return [
        f"{key.removeprefix('losses.')} {write_value(value)}" for key, value in setting.items() if value != default[key]
    ]


def _points(verdict: _Verdict) -> list[str]:
    numbers = (verdict.difference, verdict.low, verdict.high, verdict.error)
    difference, low, high, error = (100 * number for number in numbers)
    return [f"{difference:+.1f} [{low:+.1f}, {high:+.1f}]", f"{error:.1f}"]


def _stopped(trials: list[Trial], whole: int) -> str:
    pruned = [trial for trial in trials if trial.state == PRUNED]
    failed = [trial for trial in trials if trial.state == FAILED]
    lines = [f"{len(pruned)} of {len(trials)} trials were stopped early, {len(failed)} failed."]
    if pruned:
        lines[0] += f" In all, {find_saved(trials, whole).describe()}."
    lines += [f"- trial {t.number}: stopped after {t.history[-1][0]} epochs at {write_objective(t)}" for t in pruned]
    lines += [f"- trial {t.number}: failed: {t.reason}" for t in failed]
    return "## Stopped and failed trials\n\n" + "\n".join(lines)


def _join(hashes: str | list[str]) -> str:
    """Returns hashes of code and towers as one text; older studies have one."""
    return hashes if isinstance(hashes, str) else ", ".join(hashes)


def _provenance(about: dict[str, Any]) -> str:
    identity = about["identity"]
    facts = {
        "command": f"`{about['command']}`",
        "commit": about["commit"],
        "source hash": _join(identity["source"]),
        "seed": identity["seed"],
        "data hash": identity["data"][:16],
        "subjects hash": identity["subjects"],
        "sampler": about["sampler"],
        "early stopping": about["scheduler"],
        "device": about["device"],
        "versions": ", ".join(f"{name} {version}" for name, version in about["versions"].items()),
    }
    return "## Provenance\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.items())
