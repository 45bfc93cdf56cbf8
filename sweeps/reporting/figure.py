"""Draws the figure of a study: the objective against each setting, over trials and epochs, and against a second one."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from smile import atomic
from sweeps.draw.ranges import Among, LogUniform, Range
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Trial
from sweeps.reporting.pareto import Stages
from sweeps.studies import Sample, Study

COLUMNS = 3  # panels side by side
STYLES = {COMPLETE: ("o", "C0", "complete"), PRUNED: ("x", "0.6", "stopped early")}


def draw_study(study: Study, trials: list[Trial], default: Sample, stages: Stages, path: Path) -> None:
    """Writes the figure to `path` as PNG; the same trials give the same bytes."""
    import matplotlib

    matplotlib.use("Agg")
    import seaborn
    from matplotlib.figure import Figure

    shown = [trial for trial in trials if trial.state != FAILED]
    rows = -(-(len(study.ranges) + 3) // COLUMNS)
    with seaborn.axes_style("whitegrid"):
        figure = Figure(figsize=(4 * COLUMNS, 3.2 * rows), layout="constrained")
        panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for panel, (key, values) in zip(panels, study.ranges.items(), strict=False):
        _scatter(panel, [(trial.setting[key], trial) for trial in shown], default)
        _mark_range(panel, values)
        panel.set(xlabel=key, ylabel="objective")
    history, curves, front, *free = panels[len(study.ranges) :]
    _history(history, shown, default)
    _curves(curves, shown)
    _front(front, stages)
    for panel in free:
        panel.set_axis_off()
    with atomic.replacing(path) as temporary:
        # The file does not name the version of matplotlib, so that equal figures have equal bytes.
        figure.savefig(temporary, dpi=100, metadata={"Software": None})


def _mark_range(panel: Any, values: Range) -> None:
    if isinstance(values, Among):
        panel.xaxis.set_ticks(values.values)
        return
    low, high = values.edges
    middle, gap = (low + high) / 2, (high - low) / 20
    if isinstance(values, LogUniform):
        panel.set_xscale("log")
        middle = (low * high) ** 0.5
    panel.set_xlim(*((low / 1.2, high * 1.2) if isinstance(values, LogUniform) else (low - gap, high + gap)))
    panel.xaxis.set_ticks([low, middle, high], [f"{tick:.2g}" for tick in (low, middle, high)])
    panel.xaxis.set_ticks([], minor=True)


def _scatter(panel: Any, points: list[tuple[Any, Trial]], default: Sample) -> None:
    for state, (marker, colour, label) in STYLES.items():
        chosen = [(x, trial.objective) for x, trial in points if trial.state == state]
        if chosen:
            panel.scatter(*zip(*chosen, strict=True), marker=marker, color=colour, label=label)
    base = [(x, trial.objective) for x, trial in points if trial.setting == default]
    if base:
        panel.scatter(*zip(*base, strict=True), marker="*", s=160, color="C1", label="default", zorder=3)


def _curves(panel: Any, shown: list[Trial]) -> None:
    """Draws what each trial reported; a cross marks where one was stopped early."""
    for trial in shown:
        whole = trial.state == COMPLETE
        panel.plot(*zip(*trial.history, strict=True), color="C0" if whole else "0.6", linewidth=0.8, alpha=0.7)
        if not whole:
            panel.scatter(*trial.history[-1], marker="x", color="0.6", s=24)
    panel.set(xlabel="epoch", ylabel="objective")


def _front(panel: Any, stages: Stages) -> None:
    """Draws the complete trials by both objectives, and the line of those that no other beats."""
    read = stages.objective.read
    for trials, marker, label in ((stages.first, "o", "search"), (stages.second, "D", "second stage")):
        points = [(read(trial), trial.objective) for trial in trials if read(trial) is not None]
        if points:
            panel.scatter(*zip(*points, strict=True), marker=marker, s=24, label=label)
    if front := stages.front:
        points = [(read(trial), trial.objective) for trial in front]
        panel.plot(*zip(*points, strict=True), color="C3", marker=".", label="beaten by none")
        panel.legend(fontsize="small")
    panel.set(xlabel=stages.name, ylabel="objective")


def _history(panel: Any, shown: list[Trial], default: Sample) -> None:
    _scatter(panel, [(trial.number, trial) for trial in shown], default)
    complete = [trial for trial in shown if trial.state == COMPLETE]
    best = list(itertools.accumulate((trial.objective or 0.0 for trial in complete), max))
    panel.plot([trial.number for trial in complete], best, drawstyle="steps-post", color="C2", label="best so far")
    panel.set(xlabel="trial", ylabel="objective")
    panel.xaxis.get_major_locator().set_params(integer=True)
    if panel.get_legend_handles_labels()[0]:
        panel.legend(fontsize="small")
