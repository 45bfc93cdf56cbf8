"""python -m smile.run prepare: draws a whole data set into a cache of views, here or on a cluster."""

from __future__ import annotations

import argparse
import contextlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smile.cluster import require_cluster
from smile.commands.faces import add_data, open_data
from smile.door import require_place, require_worker
from smile.errors import UserError
from smile.progress import Reporter

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.data.face import DataSet

_PROBED = 20  # scans by which the unit of a data set is told
_SHOWN = 20  # largest number of unusable clips or scans that are printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add_data(parser)
    add("--recipe", default="tiny", help="the run whose views are drawn (default: %(default)s)")
    add("--views", type=int, metavar="N", help="cameras, short for --set rendering.view_count=N")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. rendering.image_size=96")
    add(
        "--out",
        type=Path,
        default=Path("cache"),
        metavar="CACHE",
        help="for others' --cache (default: %(default)s)",
    )
    about = "delete from CACHE what no command has read for so many days, whatever its settings; 0: all but these views"
    add("--clean", type=float, metavar="DAYS", help=about)
    add("--workers", type=int, metavar="N", help="clips drawn at once (default: one a core)")
    add("--address", metavar="A", help="a Ray cluster, e.g. auto; without it this process draws")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Draws the views that are missing in the cache; prints which clips and scans could not be used, and why."""
    from smile.config import override, parse_changes
    from smile.data.units import tell_units
    from smile.recipes import recipe
    from smile.rendering.cache.cache import Cache, load_or_render
    from smile.rendering.cache.on_cluster import on_cluster

    require_worker(options.workers)
    require_cluster(options.address)
    if options.clean is not None and not options.clean >= 0:
        raise UserError(f"--clean {options.clean:g}: say after how many days without use, 0 or more")
    require_place(options.out, [options.data] if options.data else ())
    changes = parse_changes(options.set)
    if options.views is not None:
        changes["rendering.view_count"] = str(options.views)
    rendering = override(recipe(options.recipe), changes).rendering
    data_set, draw = open_data(options), on_cluster(options.address, options.workers) if options.address else None
    views = load_or_render(data_set, rendering, options.out, reporter, options.workers, draw)
    _list("clips", list(map(str, views.skipped)))
    _list("scans", [f"{one.clip_id}, frame {one.frame}: {one.reason}" for one in views.faults])
    twins = views.twins()
    if twins:
        print(f"{len(twins)} group(s) of clips have the same images, e.g. {', '.join(twins[0][:3])}")
    for line in tell_units(_find_units(data_set)):
        print(line)
    place = Cache.of(data_set, rendering, options.out).place
    print(
        f"{len(views)} clips drawn, {len(views.skipped)} clips and {len(views.faults)} scans could not be used: {place}"
    )
    _clean(options.out, options.clean, place)
    return 0


def _find_units(data_set: DataSet) -> Counter[str]:
    """Counts in which unit the first scan of each of some clips is: copies are in one, as a rule."""
    from smile.data.disk import ScanFiles
    from smile.data.units import name_unit

    found = Counter[str]()
    clips = [clip for clip in data_set.clips if isinstance(clip.frames, ScanFiles) and len(clip.frames)]
    for clip in clips[:: max(len(clips) // _PROBED, 1)][:_PROBED]:
        with contextlib.suppress(UserError):  # named where clips are drawn
            found[name_unit(clip.frames[0].vertices) or ""] += 1
    del found[""]
    return found


def _clean(folder: Path, days: float | None, place: Path) -> None:
    """Deletes caches that were not used for `days` (None: none), then says how much lies there besides `place`."""
    from smile.rendering.cache.other_caches import delete_unused, find_caches, measure_bytes

    if days is not None:
        for gone, size in delete_unused(folder, days, keep=place):
            print(f"deleted {gone}, {_megabytes(size)}")
    others = [other for other in find_caches(folder) if other != place]
    if others:
        size, what = (
            sum(map(measure_bytes, others)),
            "other sets of views lie" if len(others) > 1 else "other set of views lies",
        )
        print(f"{len(others)} {what} in {folder}, {_megabytes(size)}; --clean 30 deletes those not used for 30 days")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _list(what: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"{what} that could not be used:")
    for line in lines[:_SHOWN]:
        print(f"  {line}")
    if len(lines) > _SHOWN:
        print(f"  and {len(lines) - _SHOWN} more, in index.json")
