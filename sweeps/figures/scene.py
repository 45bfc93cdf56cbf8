"""Holds what the figures of a study show, and how they mark a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench.figures.canvas import open_canvas
from sweeps.archive import Experiment
from sweeps.decide.importance import Importance
from sweeps.decide.luck import find_error
from sweeps.decide.ranking import find_best
from sweeps.draw.ranges import Range, read_ranges
from sweeps.figures.scale import Scale
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Trial
from sweeps.reporting.pareto import Stages

#: State of a trial -> (marker, word of the legend).
MARKS = {COMPLETE: ("o", "complete"), PRUNED: ("x", "stopped early")}
#: Trials of one kind: less dark than the default and the best, which stand out.
_SIZE, _CHOSEN = 26, 150


@dataclass(frozen=True)
class Scene:
    """Holds a study with its trials, as its report tells them."""

    name: str
    experiment: Experiment
    stages: Stages
    importance: Importance | None  # None with too few trials

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """What is searched."""
        return read_ranges(self.experiment.about["identity"]["ranges"])

    @cached_property
    def scales(self) -> dict[str, Scale]:
        """How each setting lies on an axis."""
        return {key: Scale(key, values) for key, values in self.ranges.items()}

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """The trials that told a score, in order."""
        return tuple(trial for trial in self.experiment.trials if trial.state != FAILED)

    @cached_property
    def complete(self) -> tuple[Trial, ...]:
        """The trials that ran to their end, in order."""
        return tuple(trial for trial in self.trials if trial.state == COMPLETE)

    @cached_property
    def default(self) -> Trial | None:
        """The trial of the default setting."""
        wanted = self.experiment.about["identity"]["default"]
        return next((trial for trial in self.complete if trial.setting == wanted), None)

    @cached_property
    def best(self) -> Trial | None:
        """The complete trial with the highest score."""
        return find_best(self.complete)

    @property
    def epochs(self) -> int:
        """Epochs of one training."""
        return int(self.experiment.about["identity"]["config"]["training"]["epochs"])

    @property
    def whole(self) -> int:
        """Epochs of a trial that is not stopped early."""
        return self.epochs * int(self.experiment.about["identity"].get("repeats", 1))

    @property
    def score(self) -> str:
        """What the axis of the score is called."""
        name = str(self.experiment.about["identity"].get("objective", "objective"))
        return f"score ({name.replace('_', ' ')})"

    def title(self, what: str) -> str:
        """Returns the title of a figure: what it shows, of which study, on which faces."""
        data: Mapping[str, Any] = self.experiment.about["data"]
        made = f" (stand-in: {data['stand_in']})" if data["stand_in"] else ""
        return f"{what}\nstudy {self.name}, {data['title']}{made}"


def open_panels(count: int, most_columns: int = 3) -> list[Any]:
    """Returns `count` axes in rows, with what is left of the last row hidden."""
    columns = min(count, most_columns)
    rows = -(-count // columns)
    # A single panel still has the place for a title and a legend.
    _, found = open_canvas(max(3.9 * columns, 7), 3.0 * rows + 1.1, columns, rows)
    panels = list(found.ravel()) if count > 1 else [found]
    for panel in panels[count:]:
        panel.set_axis_off()
    return panels[:count]


def colours() -> Sequence[Any]:
    """Returns the colours of complete trials, default and best, which people with colour blindness tell apart."""
    import seaborn

    palette = seaborn.color_palette("colorblind")
    return palette[0], palette[1], palette[4]


def colour_state(state: str) -> Any:
    """Returns the colour of the trials in this state."""
    return colours()[0] if state == COMPLETE else "0.55"


def scatter_trials(axes: Any, scene: Scene, points: Mapping[int, tuple[float, float]]) -> None:
    """Marks trials, whose numbers are the keys of `points`, at these places; default and best lie on top."""
    for state, (marker, word) in MARKS.items():
        places = [points[trial.number] for trial in scene.trials if trial.state == state and trial.number in points]
        if places:
            axes.scatter(
                *zip(*places, strict=True), _SIZE, color=colour_state(state), marker=marker, label=word, alpha=0.75
            )
    for trial, marker, colour, word in choose_marked(scene):
        if trial.number in points:
            size = _CHOSEN if marker == "*" else _CHOSEN / 2.5
            axes.scatter(
                *points[trial.number], size, c=[colour], marker=marker, label=word, edgecolors="black", zorder=4
            )


def choose_marked(scene: Scene) -> list[tuple[Trial, str, Any, str]]:
    """Returns (trial, marker, colour, word) of the best trial and of the default, where there are such."""
    _, second, third = colours()
    rows = ((scene.best, "D", third, "best"), (scene.default, "*", second, "default"))
    return [(trial, marker, colour, word) for trial, marker, colour, word in rows if trial]


def shade_error(axes: Any, scene: Scene) -> None:
    """Shades one standard error around the score of the default: what lies inside may be luck."""
    if scene.default is None or scene.default.objective is None:
        return
    error, value = find_error(scene.default.right), scene.default.objective
    if error > 0:
        words = "default, one standard error over people"
        axes.axhspan(value - error, value + error, color=colours()[1], alpha=0.15, linewidth=0, label=words, zorder=0)


def write_legend(axes: Any, panels: Sequence[Any]) -> None:
    """Writes one legend below all panels, each word once."""
    entries = {}
    for panel in panels:
        entries.update(dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True)))
    if entries:
        columns = len(entries) if len(entries) < 6 else -(-len(entries) // 2)
        options = {"loc": "outside lower center", "ncols": columns, "fontsize": "small"}
        axes.figure.legend(entries.values(), entries.keys(), **options)
