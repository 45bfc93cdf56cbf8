"""Draws what each trial reported over its epochs, and where one was stopped early."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.figures.scene import MARKS, Scene, choose_marked, colour_state, write_legend
from sweeps.ledger import COMPLETE, Trial

#: Neighbouring ticks of the epochs lie at least this factor apart.
_APART = 1.5


def draw_learning(scene: Scene) -> Any | str:
    """Draws a line for each trial, default and best on top; returns the axes, or why there are none."""
    shown = scene.trials
    if not shown:
        return "no trial told a score"
    _, axes = open_canvas(8.5, 4.8)
    for state in MARKS:
        _draw_curves(axes, [trial for trial in shown if trial.state == state], state)
    for chosen, _, colour, word in choose_marked(scene):
        axes.plot(*zip(*chosen.history, strict=True), color=colour, linewidth=2.4, label=word)
    for end in range(scene.epochs, scene.whole, scene.epochs):
        axes.axvline(end, color="0.3", linestyle=":", linewidth=1)
    ticks = choose_epochs({epoch for trial in shown for epoch, _ in trial.history})
    axes.set_xscale("log")
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    further = "\nat each dotted line, a training on a further split of the people joins the mean"
    axes.set(xlabel=f"epochs{further if scene.whole > scene.epochs else ''}", ylabel=scene.score)
    axes.grid(alpha=0.3)
    write_legend(axes, [axes])
    return axes


def _draw_curves(axes: Any, trials: Sequence[Trial], state: str) -> None:
    options: dict[str, Any] = {"color": colour_state(state), "linewidth": 0.8, "alpha": 0.6, "label": MARKS[state][1]}
    for trial in trials:
        end = {} if state == COMPLETE else {"marker": "x", "markevery": [len(trial.history) - 1]}
        axes.plot(*zip(*trial.history, strict=True), **options, **end)


def choose_epochs(epochs: Iterable[int]) -> list[int]:
    """Returns those of the epochs that can be written beside each other on a logarithmic axis, the last among them."""
    found: list[int] = []
    for epoch in sorted(epochs, reverse=True):
        if not found or found[-1] >= _APART * epoch:
            found.append(epoch)
    return found[::-1]
