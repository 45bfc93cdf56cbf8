"""python -m smile.run train: pretrains a model on a data set, on one worker or several."""

from __future__ import annotations

import argparse
from pathlib import Path

from smile.commands.faces import add_reading, open_data
from smile.progress import Reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add_reading(parser)
    add = parser.add_argument
    add("--recipe", default="tiny", help="a named run of smile/recipes.py (default: %(default)s)")
    for half in ("image", "text"):
        add(f"--{half}-tower", metavar="T", help=f"tiny, small or base, a folder or a hub name: model.{half}_tower")
    add("--workers", type=int, default=1, metavar="N", help="above 1 by Ray Train (default: %(default)s)")
    add("--address", metavar="A", help="a running Ray cluster, e.g. auto; without it Ray starts here")
    add("--storage", metavar="DIR", help="folder that all workers reach, for Ray's checkpoints")
    add("--out", type=Path, default=Path("runs/tiny"), metavar="DIR", help="the model's folder (default: %(default)s)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Renders, pretrains and writes the model."""
    from smile.config import override, parse_changes
    from smile.recipes import recipe
    from smile.rendering.cache import load_or_render
    from smile.training.job import Job
    from smile.training.launch import launch

    towers = {f"model.{half}": getattr(options, half) for half in ("image_tower", "text_tower")}
    named = {key: name for key, name in towers.items() if name}
    config = override(recipe(options.recipe), {"training.seed": options.seed, **named, **parse_changes(options.set)})
    views = load_or_render(open_data(options), config.rendering, options.cache, reporter)
    job = Job.of(config, views, options.out)
    launch(job, workers=options.workers, address=options.address, storage=options.storage, progress=reporter)
    print(f"pretrained on {len(views)} clips: {options.out}")
    return 0
