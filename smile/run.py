"""python -m smile.run export | views | train: makes stand-in data, shows what is rendered, pretrains a model."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from smile.data.face import DataSet
from smile.data.recording import FRAMES, SUBJECTS
from smile.door import leave
from smile.errors import UserError, unknown
from smile.progress import Reporter

EPILOG = """\
examples:
  python -m smile.run export --source synthetic --format bu4dfe --subjects 12 --frames 20 --out data/synthetic
  python -m smile.run export --source ict --ict ICT-FaceKit --format bu4dfe --subjects 30 --frames 20 --out data/ict
  python -m smile.run views --data bu4dfe=data/ict --out sheet.png
  python -m smile.run train --recipe tiny --data bu4dfe=data/ict --out runs/tiny
  python -m smile.run train --recipe tiny --workers 2 --set training.epochs=20 --out runs/two

exit status: 0 all is well; 2 the command, a setting or the data cannot be used.
"""

#: The environment variable that says where ICT-FaceKit lies, so that commands need not.
ICT_VARIABLE = "ICT_FACEKIT"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    options = _parser().parse_args(arguments)

    def act() -> int:
        with Reporter() as reporter:
            return int(options.action(options, reporter))

    return leave("smile.run", act)


def _export(options: argparse.Namespace, reporter: Reporter) -> int:
    from smile.data.export import FORMATS

    if options.format not in FORMATS:
        raise unknown("format", options.format, FORMATS)
    made = _make(options)

    def progress(done: int, total: int) -> None:
        reporter(f"Writing {options.out}", done, total)

    FORMATS[options.format](made.clips, options.out, made.stand_in, progress)
    print(f"{len(made.clips)} clips of {len(made.subjects)} subjects: {options.out}")
    return 0


def _views(options: argparse.Namespace, reporter: Reporter) -> int:
    from smile.atomic import replacing
    from smile.config import override, parse_changes
    from smile.recipes import recipe
    from smile.rendering.cache import load_or_render
    from smile.rendering.sheet import SHEET_CHANNELS, contact_sheet

    shown = {"rendering.image_size": 128, "rendering.channels": SHEET_CHANNELS}
    config = override(recipe("tiny"), {**shown, **parse_changes(options.set)})
    views = load_or_render(_open(options), config.rendering, options.cache, reporter)
    sheet = contact_sheet(views, config.rendering.channels)
    with replacing(options.out) as temporary:
        sheet.save(temporary)
    print(f"{len(views)} clips rendered, {len(views.skipped)} skipped: {options.out}")
    return 0


def _train(options: argparse.Namespace, reporter: Reporter) -> int:
    from smile.config import override, parse_changes
    from smile.recipes import recipe
    from smile.rendering.cache import load_or_render
    from smile.training.job import Job
    from smile.training.launch import launch

    config = override(recipe(options.recipe), {"training.seed": options.seed, **parse_changes(options.set)})
    views = load_or_render(_open(options), config.rendering, options.cache, reporter)
    job = Job.of(config, views, options.out)
    launch(job, workers=options.workers, address=options.address, storage=options.storage, progress=reporter)
    print(f"pretrained on {len(views)} clips: {options.out}")
    return 0


def _open(options: argparse.Namespace) -> DataSet:
    """The data set on disk that the options name, or else the one that they make."""
    from smile.data.readers import parse_data_option, read

    return read(*parse_data_option(options.data)) if options.data else _make(options)


def _make(options: argparse.Namespace) -> DataSet:
    if options.source not in SOURCES:
        raise unknown("source", options.source, SOURCES)
    return SOURCES[options.source](options)


def _make_synthetic(options: argparse.Namespace) -> DataSet:
    from smile.data.synthetic import make_synthetic

    return make_synthetic(options.subjects, options.frames, options.seed)


def _make_ict(options: argparse.Namespace) -> DataSet:
    from smile.data.morphable import read_ict

    place = options.ict or os.environ.get(ICT_VARIABLE)
    if not place:
        raise UserError(
            "--source ict: say where ICT-FaceKit lies, with --ict PATH or the variable "
            f"{ICT_VARIABLE}; it is free: git clone https://github.com/ICT-VGL/ICT-FaceKit"
        )
    return read_ict(place, options.subjects, options.frames, options.seed)


#: What can make faces: name -> the data set of the options.
SOURCES: dict[str, Callable[[argparse.Namespace], DataSet]] = {"synthetic": _make_synthetic, "ict": _make_ict}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m smile.run",
        description="SMILE-VLM on 3D and 4D faces: stand-in data, pictures to look at, pretraining.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_export(commands.add_parser("export", help="write made faces as the files of a licensed data set"))
    _add_views(commands.add_parser("views", help="draw a contact sheet: expressions x views, shape and motion"))
    _add_train(commands.add_parser("train", help="pretrain a model on a data set, on one worker or several"))
    return parser


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(action=_export)
    _add_making(parser)
    parser.add_argument("--format", default="bu4dfe", help="layout of the files (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or one to go on with")


def _add_views(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(action=_views)
    _add_reading(parser)
    parser.add_argument("--out", type=Path, default=Path("sheet.png"), metavar="FILE", help="(default: %(default)s)")


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(action=_train)
    _add_reading(parser)
    add = parser.add_argument
    add("--recipe", default="tiny", help="a named run of smile/recipes.py (default: %(default)s)")
    add("--workers", type=int, default=1, metavar="N", help="above 1 by Ray Train (default: %(default)s)")
    add("--address", metavar="A", help="a running Ray cluster, e.g. auto; without it Ray starts here")
    add("--storage", metavar="DIR", help="folder that all workers reach, for Ray's checkpoints")
    add("--out", type=Path, default=Path("runs/tiny"), metavar="DIR", help="the model's folder (default: %(default)s)")


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="NAME=DIR", help="a data set on disk; without it --source makes faces")
    _add_making(parser)
    add = parser.add_argument
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, e.g. training.epochs=90")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")


def _add_making(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--source", default="synthetic", help=f"what makes faces: {', '.join(SOURCES)} (default: %(default)s)")
    add("--ict", metavar="PATH", help=f"clone or .npz of ICT-FaceKit (default: the variable {ICT_VARIABLE})")
    add(
        "--subjects",
        type=int,
        default=SUBJECTS,
        metavar="N",
        help="made subjects, six clips each (default: %(default)s)",
    )
    add("--frames", type=int, default=FRAMES, metavar="T", help="scans of a made clip (default: %(default)s)")
    add("--seed", type=int, default=0, metavar="N", help="of the made faces and of the training (default: %(default)s)")


if __name__ == "__main__":
    sys.exit(main())
