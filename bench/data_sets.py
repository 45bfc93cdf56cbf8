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
    from bench.audit.scans import Likeness
    from smile.sources import Source
    from smile.stand_ins.cast import Cast


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

    def compare_scans(self, further: Sequence[DataSet] = ()) -> Likeness:
        """Returns the copies among the scans on disk of different people; says which scans cannot be compared.

        `further` are data sets on which encoders are pretrained as well.
        """
        from bench.audit.scans import compare_shots, take_all

        found = compare_shots(take_all([*self.data_sets, *further]), self.cache, self.reporter, self.workers)
        for name, reason in found.faults:
            self.reporter.say(f"{name} cannot be compared with other scans: {reason}")
        return found

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
    subjects: int | None = None,
    frames: int | None = None,
) -> Studio:
    """Opens the data set of each `--data NAME=DIR` option in order; without options, synthetic faces.

    `subjects` and `frames` say how many subjects are made, and how many scans a clip has, for every source that makes
    faces; None leaves it to the budget, or to the maker. The training seed does not change made faces. Raises UserError
    where a name is misspelt or repeated, where a folder does not exist, and where a count is given for recordings.
    """
    from smile.check.inspection import name_alike
    from smile.sources import open_source

    sources = open_options(options)
    names = [source.key for source in sources]
    if len(set(names)) < len(names):
        raise UserError(f"--data names a data set twice: {', '.join(names)}; give one folder for each")
    data_sets = tuple(open_source(source, _hire(source, budget, subjects, frames)) for source in sources)
    for data_set in data_sets:
        for line in name_alike(data_set):
            reporter.say(f"{data_set.title}: {line}")
    return Studio(data_sets, rendering, cache, workers, reporter)


def _hire(source: Source, budget: Budget, subjects: int | None, frames: int | None) -> Cast | None:
    """Returns who acts in a source that makes faces; None for recordings, and where its maker decides."""
    from smile.sources import DEFAULT
    from smile.stand_ins.cast import Cast, Program
    from smile.stand_ins.makers import MAKERS

    if source.name not in MAKERS:
        if subjects or frames:
            raise UserError(f"--subjects and --frames are for faces that are made; {source.name} names recordings")
        return None
    usual = Cast(budget.subjects, Program(frames=budget.frames)) if source.name == DEFAULT.name else Cast()
    if min(2 if count is None else count for count in (subjects, frames)) < 2:
        raise UserError("--subjects and --frames: at least two of each are needed")
    program = replace(usual.program, frames=frames or usual.program.frames)
    return replace(usual, subjects=subjects or usual.subjects, program=program)


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
