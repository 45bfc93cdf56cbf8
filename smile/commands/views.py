"""python -m smile.run views: draws a sheet or an animation of one subject, so that people look before they train."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from smile.commands.faces import add_cast, add_rendering, open_data
from smile.door import require_file
from smile.errors import unknown
from smile.progress import Reporter

if TYPE_CHECKING:
    from smile.config import Rendering
    from smile.data.face import DataSet

_SIZE = 112  # pixels of a view, width and height
_SCAN_VIEWS = 7  # number of views of a single scan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    what = "NAME=DIR for a data set, ict=DIR for made faces, a folder of scans for one clip, or a mesh file"
    add("what", nargs="?", metavar="CLIP_OR_DATA", help=what)
    add_cast(parser)
    add_rendering(parser)
    add("--subject", metavar="NAME", help="whose faces are shown (default: the first subject)")
    out = "a sheet (.png, .jpg) or moving images (.gif, .webp) (default: %(default)s)"
    add("--out", type=Path, default=Path("sheet.png"), metavar="FILE", help=out)


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Writes the sheet or animation; renders views of a sheet that are not in the cache yet."""
    from smile.rendering.looking.animation import SUFFIXES

    suffix = options.out.suffix.lower()
    kinds = ".png or .jpg for a sheet, a .gif or .webp for moving images"
    require_file("--out", options.out, (".png", ".jpg", ".jpeg", *SUFFIXES), kinds)
    data_set = _open(options)
    done = _move(data_set, options, suffix) if suffix in SUFFIXES else _lay_out(data_set, options, reporter)
    print(f"{done}: {options.out}")
    return 0


def _open(options: argparse.Namespace) -> DataSet:
    from smile.sets.loose_scans import read_loose_scans
    from smile.stand_ins.makers import MAKERS

    what = options.what
    named = what is None or (("=" in what or what.partition(":")[0] in MAKERS) and not Path(what).exists())
    if named:
        options.data = what
        return open_data(options)
    return read_loose_scans(Path(what).expanduser())


def _lay_out(data_set: DataSet, options: argparse.Namespace, reporter: Reporter) -> str:
    """Writes the sheet; returns a line that says what was drawn."""
    from smile.atomic import replacing
    from smile.rendering.cache.cache import load_or_render
    from smile.rendering.looking.animation import has_colour
    from smile.rendering.looking.sheet import SCAN_CHANNELS, SHEET_CHANNELS, contact_sheet, scan_sheet
    from smile.rendering.settled import settle

    single = len(data_set.clips) == 1 and len(data_set.clips[0].frames) == 1
    shown: dict[str, object] = {"rendering.channels": SHEET_CHANNELS}
    left_out = ""
    if single:
        scan = data_set.clips[0].frames[0]
        left_out = f"; {scan.left_out}" if scan.left_out else ""
        colour = ("colour",) if has_colour(scan) else ()
        shown = {"rendering.static_channels": (*colour, *SCAN_CHANNELS), "rendering.view_count": _SCAN_VIEWS}
    rendering = settle(_settings(options, shown), data_set)  # as the whole data set is drawn; but one subject is
    views = load_or_render(_keep_subject(data_set, options.subject), rendering, options.cache, reporter)
    sheet = scan_sheet(views) if single else contact_sheet(views, options.subject)
    with replacing(options.out) as temporary:
        sheet.save(temporary, format="PNG" if options.out.suffix.lower() == ".png" else "JPEG")
    return f"{len(views)} clips rendered, {len(views.skipped)} skipped{left_out}"


def _keep_subject(data_set: DataSet, subject: str | None) -> DataSet:
    """Returns the data set with the clips of one subject (None: the first); raises UserError on an unknown subject."""
    if not data_set.clips:
        return data_set
    wanted = subject or data_set.clips[0].subject
    if wanted not in data_set.subjects:
        raise unknown("subject", wanted, data_set.subjects)
    return replace(data_set, clips=tuple(clip for clip in data_set.clips if clip.subject == wanted))


def _move(data_set: DataSet, options: argparse.Namespace, suffix: str) -> str:
    """Writes the animation; returns a line that says what was drawn."""
    from smile.atomic import replacing
    from smile.data.face import name_labels
    from smile.rendering.looking.animation import animate, save_animation
    from smile.rendering.looking.sheet import choose_expressions, name_sheet

    subjects = [clip.subject for clip in data_set.clips]
    expressions = [name_labels(clip.labels) for clip in data_set.clips]
    clips = [data_set.clips[row] for row in choose_expressions(subjects, expressions, options.subject)]
    title = name_sheet(data_set.title, clips[0].subject, data_set.stand_in)
    sheets = animate(clips, _settings(options, {}), title)
    seconds = max(len(clip.frames) / clip.fps for clip in clips)
    with replacing(options.out) as temporary:
        save_animation(sheets, temporary, suffix, seconds)
    return f"{len(clips)} clips, {len(sheets)} images over {seconds:.1f} s"


def _settings(options: argparse.Namespace, shown: dict[str, object]) -> Rendering:
    from smile.config import override, parse_changes
    from smile.recipes import recipe

    return override(recipe("tiny"), {"rendering.image_size": _SIZE, **shown, **parse_changes(options.set)}).rendering
