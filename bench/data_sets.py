"""Opens the data of a run, the folders that the user names or synthetic faces, and draws their views into the cache."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.methods.method import Unsuitable
from bench.suites import Budget
from smile.config import Rendering
from smile.data.face import DataSet
from smile.errors import UserError
from smile.progress import Reporter
from smile.rendering.views import Views

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.sources import Source


def open_options(options: Sequence[str]) -> list[Source]:
    """Returns the source of each `--data` option; synthetic faces where there is none. UserError on another form."""
    from smile.sources import DEFAULT, parse_source

    return [parse_source(option) for option in options] or [DEFAULT]


@dataclass(frozen=True)
class Studio:
    """Draws faces as they are, and tested faces as a condition shows them."""

    data_sets: tuple[DataSet, ...]
    rendering: Rendering
    cache: Path
    workers: int | None  # threads that draw; None: one a core
    reporter: Reporter

    def draw(self) -> list[Views]:
        """Returns the views of each data set in order. Raises UserError where one holds no usable clip."""
        return [self._draw(data_set, self.rendering) for data_set in self.data_sets]

    def show(self, condition: str, data_set: str, clips: Collection[str]) -> Views:
        """Returns the views of these clips of a data set under a condition, with the settings of the whole data set.

        Raises Unsuitable where the condition cannot be shown on these images.
        """
        from bench.conditions import CONDITIONS  # imports compiled code, for which --list must not wait
        from smile.rendering.settled import settle

        change, (whole,) = CONDITIONS[condition], [one for one in self.data_sets if one.name == data_set]
        settled = settle(self.rendering, whole)
        if change.channel and change.channel not in settled.channels:
            raise Unsuitable(f"the pictures have no {change.channel}, which the condition {condition} changes")
        wanted = set(clips)
        some = replace(whole, clips=tuple(clip for clip in whole.clips if clip.id in wanted))
        changed = change.change(some)
        if changed is not some:
            return change.change_views(self._draw(changed, settled))
        drawn = self._draw(whole, self.rendering)  # nothing is drawn again
        return change.change_views(drawn.rows([row for row, clip in enumerate(drawn.clip_ids) if clip in wanted]))

    def _draw(self, data_set: DataSet, rendering: Rendering) -> Views:
        from smile.rendering.cache.cache import load_or_render

        return load_or_render(data_set, rendering, self.cache, self.reporter, self.workers)


def open_studio(
    options: Sequence[str],
    budget: Budget,
    rendering: Rendering,
    *,
    cache: Path,
    workers: int | None,
    reporter: Reporter,
) -> Studio:
    """Opens the data set of each `--data NAME=DIR` option in order; without options, synthetic faces.

    The training seed does not change the synthetic faces. Raises UserError where a name is misspelt or repeated, and
    where a folder does not exist.
    """
    from smile.check.inspection import name_alike
    from smile.sources import DEFAULT, open_source
    from smile.stand_ins.cast import Cast, Program

    sources = open_options(options)
    names = [source.key for source in sources]
    if len(set(names)) < len(names):
        raise UserError(f"--data names a data set twice: {', '.join(names)}; give one folder for each")
    synthetic = Cast(budget.subjects, Program(frames=budget.frames))
    data_sets = tuple(open_source(source, synthetic if source.name == DEFAULT.name else None) for source in sources)
    for data_set in data_sets:
        for line in name_alike(data_set):
            reporter.say(f"{data_set.title}: {line}")
    return Studio(data_sets, rendering, cache, workers, reporter)


def load_data(
    options: Sequence[str],
    budget: Budget,
    rendering: Rendering,
    *,
    cache: Path,
    workers: int | None,
    reporter: Reporter,
) -> list[Views]:
    """Returns the views of each data set of `open_studio`; raises UserError where one holds no usable clip besides."""
    return open_studio(options, budget, rendering, cache=cache, workers=workers, reporter=reporter).draw()
