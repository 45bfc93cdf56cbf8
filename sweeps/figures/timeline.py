"""Draws which trial ran when, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.decide.saved import find_saved
from sweeps.figures.scene import Scene, colour_state, colours
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Trial

_WORDS = {COMPLETE: "complete", PRUNED: "stopped early", FAILED: "failed"}


@dataclass(frozen=True)
class Stretch:
    """Says when a trial ran, in minutes from the first start, and beside which others."""

    trial: Trial
    start: float
    end: float
    lane: int


def draw_timeline(scene: Scene) -> Any | str:
    """Draws a bar for each trial whose record says when it ended; returns the axes, or why there are none."""
    trials = [trial for trial in scene.experiment.trials if trial.ended is not None]
    if not trials:
        return "the records do not tell when trials ran"
    spans, pauses = lay_spans(trials)
    lanes = max(span.lane for span in spans) + 1
    _, axes = open_canvas(9.5, 2.1 + 0.5 * lanes)
    words = set()
    for span in spans:
        state = span.trial.state
        shown = {} if state in words else {"label": _WORDS[state]}
        words.add(state)
        colour = colours()[1] if state == FAILED else colour_state(state)
        axes.barh(span.lane, span.end - span.start, 0.8, span.start, color=[colour], edgecolor="white", linewidth=0.6,
                  hatch={PRUNED: "//", FAILED: "xx"}.get(state), **shown)  # fmt: skip
    for pause in pauses:
        axes.axvline(pause, color="0.3", linestyle=":", linewidth=1)
    _number_bars(axes, spans)
    saved = find_saved(scene.experiment.trials, scene.whole)
    dotted = "; dotted: nothing ran, for longer than any trial" if pauses else ""
    axes.set(xlabel=f"minutes{dotted}\n{saved.describe()}", ylabel="at a time", ylim=(lanes - 0.4, -0.6))
    axes.set_yticks(range(lanes), [str(lane + 1) for lane in range(lanes)])
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize="small")
    return axes


def lay_spans(trials: Sequence[Trial]) -> tuple[list[Stretch], list[float]]:
    """Returns when each trial ran, each in the first free lane, and where a pause was cut out.

    A pause longer than any trial, as where the sweep was stopped and went on the next day, is cut to that length.
    """
    started = sorted(((trial.ended or 0.0) - trial.seconds, trial.number, trial) for trial in trials)
    longest = max(*(trial.seconds for trial in trials), 1.0)
    free, spans, pauses = list[float](), list[Stretch](), list[float]()
    cut = busy = started[0][0]
    for start, _, trial in started:
        if start - busy > longest:
            pauses.append((busy - cut + longest / 2) / 60)
            cut += start - busy - longest
        end = max(start + trial.seconds, start)
        busy = max(busy, end)
        # A trial and the next one in its place overlap by what rounding takes.
        lane = next((row for row, until in enumerate(free) if until <= start + 0.2), len(free))
        free[lane:] = [end, *free[lane + 1 :]]
        spans.append(Stretch(trial, (start - cut) / 60, (end - cut) / 60, lane))
    return spans, pauses


def _number_bars(axes: Any, spans: Sequence[Stretch]) -> None:
    """Writes the number of a trial into its bar, where it fits."""
    axes.figure.canvas.draw()
    for span in spans:
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        shown: dict[str, Any] = {"fontsize": "small", "ha": "center", "va": "center", "bbox": box}
        text = axes.text((span.start + span.end) / 2, span.lane, str(span.trial.number), **shown)
        left, right = (axes.transData.transform((x, 0))[0] for x in (span.start, span.end))
        if text.get_window_extent().width + 4 > right - left:
            text.remove()
