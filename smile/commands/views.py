"""python -m smile.run views: draws a contact sheet, so that people look before they train."""

from __future__ import annotations

import argparse
from pathlib import Path

from smile.commands.faces import add_reading, open_data
from smile.progress import Reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add_reading(parser)
    parser.add_argument("--out", type=Path, default=Path("sheet.png"), metavar="FILE", help="(default: %(default)s)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Renders what is not in the cache yet and draws the sheet."""
    from smile.atomic import replacing
    from smile.config import override, parse_changes
    from smile.recipes import recipe
    from smile.rendering.cache import load_or_render
    from smile.rendering.sheet import SHEET_CHANNELS, contact_sheet

    shown = {"rendering.image_size": 128, "rendering.channels": SHEET_CHANNELS}
    config = override(recipe("tiny"), {**shown, **parse_changes(options.set)})
    views = load_or_render(open_data(options), config.rendering, options.cache, reporter)
    sheet = contact_sheet(views)
    with replacing(options.out) as temporary:
        sheet.save(temporary)
    print(f"{len(views)} clips rendered, {len(views.skipped)} skipped: {options.out}")
    return 0
