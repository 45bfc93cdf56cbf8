"""python -m smile.run train: pretrains a model on a data set, on one worker or several."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from smile.cluster import require_cluster
from smile.commands.faces import add_data, add_rendering, open_several
from smile.door import require_place
from smile.errors import UserError
from smile.progress import Reporter
from smile.training.towers import refuse_unusable
from smile.workers.placement import RESTARTS, Workers, parse_count, require_room

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.config import Config, Rendering
    from smile.data.face import DataSet
    from smile.rendering.views import Views


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add_data(parser, several=True)
    add_rendering(parser)
    add = parser.add_argument
    add("--recipe", default="tiny", help="of smile/recipes.py, or from-study:STUDY (default: %(default)s)")
    for half in ("image", "text"):
        add(f"--{half}-tower", metavar="T", help=f"tiny, small or base, a folder or a hub name: model.{half}_tower")
    add("--steps", type=int, metavar="N", help="length of the run in steps, schedule included; without it epochs count")
    add("--workers", default="1", metavar="N", help="above 1 by Ray Train, or MIN-MAX (default: %(default)s)")
    add("--address", metavar="A", help="a running Ray cluster, e.g. auto; without it Ray starts here")
    add("--storage", metavar="DIR", help="folder that all workers reach, for Ray's books (default: in --out)")
    add(
        "--restarts",
        type=int,
        default=RESTARTS,
        metavar="N",
        help="how often Ray starts the workers again after one was lost, before it gives up (default: %(default)s)",
    )
    add(
        "--gpus-per-worker",
        type=float,
        metavar="X",
        help="waited for, also from nodes yet to start (default: 1 where the cluster has as many already, else 0)",
    )
    add("--track", action="append", default=[], metavar="NAME", help="also follow it with tensorboard or mlflow")
    add("--fresh", action="store_true", help="start anew, whatever --out holds")
    add("--out", type=Path, default=Path("runs/tiny"), metavar="DIR", help="the model's folder (default: %(default)s)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Renders, pretrains and writes the model; does nothing for a finished run, and continues an unfinished run."""
    if options.steps is not None and options.steps < 1:
        raise UserError(f"--steps {options.steps}: a run takes at least one; leave it out to count epochs")
    workers = _read_workers(options)
    config = _configure(options)  # before torch is imported, which takes seconds
    require_place(options.out, options.data or ())
    require_cluster(options.address)
    _require_hands(options, workers)
    _keep_off_others(options.out)
    data_sets = open_several(options)

    from smile.provenance import command_line
    from smile.workers.job import Job
    from smile.workers.launch import launch

    refuse_unusable(config.model)
    config, views = _draw(config, data_sets, options.cache, reporter)
    apart = options.address is not None
    job = Job.of(config, views, options.out, command_line("smile.run", options.given), apart)
    if options.fresh:
        job.clear()
    elif job.is_finished():
        print(f"finished already, nothing to do: {options.out} (--fresh trains it anew)")
        return 0
    if config.training.batch_size > len(views):
        reporter.say(
            f"training.batch_size {config.training.batch_size}: there are {len(views)} clips; each step takes all"
        )
    with job.working(views):
        launch(
            job,
            workers=workers,
            trackers=options.track,
            progress=reporter,
            say=reporter.say,
        )
    stand_in = f", a stand-in: {views.stand_in}" if views.stand_in else ""
    print(f"pretrained on {len(views)} clips of {views.title}{stand_in}: {options.out}")
    return 0


def _draw(config: Config, data_sets: Sequence[DataSet], cache: Path, reporter: Reporter) -> tuple[Config, Views]:
    """Returns the images of all data sets, and the config with the settings of the images that are really drawn.

    The model keeps these settings, so that prediction draws the same.
    """
    from smile.rendering.cache.cache import load_or_render
    from smile.rendering.settled import settle

    settled = [settle(config.rendering, data_set) for data_set in data_sets]
    refuse_unlike({data_set.title: one for data_set, one in zip(data_sets, settled, strict=True)})
    parts = [load_or_render(data_set, settled[0], cache, reporter) for data_set in data_sets]
    return replace(config, rendering=settled[0]), gather_parts(parts, reporter)


def refuse_unlike(settled: Mapping[str, Rendering]) -> None:
    """Raises UserError where data sets, by title, would be drawn otherwise: one model sees one kind of picture."""
    (first, wanted), *others = settled.items()
    for title, one in others:
        if one != wanted:
            channels = (f"{name}: {'+'.join(known.channels)}" for name, known in ((first, wanted), (title, one)))
            raise UserError(
                f"--data: {first} and {title} cannot train one model, because their pictures differ ("
                f"{'; '.join(channels)}); join films with films, and single scans with single scans"
            )


def gather_parts(parts: Sequence[Views], reporter: Reporter) -> Views:
    """Returns the clips of all data sets; subjects stay apart by data set. Says which scans stand there twice."""
    if len(parts) == 1:
        return parts[0]
    from smile.rendering.views import join

    name, title = "+".join(part.data_set for part in parts), " and ".join(part.title for part in parts)
    views = replace(join(parts), data_set=name, title=title)
    twins = views.twins()
    if twins:
        reporter.say(
            f"{len(twins)} scans stand there twice, e.g. {' and '.join(twins[0])}: the same people are in both"
        )
    return views


def _configure(options: argparse.Namespace) -> Config:
    """Returns the config of the recipe with the changes of the options."""
    from smile.config import override, parse_changes
    from smile.recipes import recipe

    named = {
        "training.steps": options.steps,
        "model.image_tower": options.image_tower,
        "model.text_tower": options.text_tower,
    }
    given = {key: value for key, value in named.items() if value is not None}
    changes = {"training.seed": options.seed, **given, **parse_changes(options.set)}
    return override(recipe(options.recipe), changes)


def _read_workers(options: argparse.Namespace) -> Workers:
    if options.restarts < 0:
        raise UserError(f"--restarts {options.restarts}: 0 gives up at the first worker that is lost")
    fewest, most = parse_count(options.workers)
    if options.gpus_per_worker is not None and options.gpus_per_worker < 0:
        raise UserError(f"--gpus-per-worker {options.gpus_per_worker}: 0 is the least")
    return Workers(most, fewest, options.address, options.storage, options.restarts, options.gpus_per_worker)


def _require_hands(options: argparse.Namespace, workers: Workers) -> None:
    """Raises UserError where Ray would find no room for the workers, or no folder for its books."""
    from smile.workers.tracking import require_trackers

    require_trackers(options.track)
    if workers.most > 1:
        require_room(options.address, workers.fewest, workers.gpus or 0.0)
    if options.storage is None or "://" in options.storage:
        return
    if options.address is None:  # on a cluster it may lie elsewhere
        require_place(Path(options.storage), options.data or (), "--storage")


def _keep_off_others(out: Path) -> None:
    """Raises UserError on a folder with other files but no run or model: training could replace the user's README."""
    from smile.workers.job import RECORD, run_folder

    ours = (out / RECORD, out / "config.json", run_folder(out))
    if out.is_dir() and any(out.iterdir()) and not any(path.exists() for path in ours):
        raise UserError(f"{out} is not empty and holds no run; name a new folder")
