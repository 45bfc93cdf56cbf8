"""Opens a figure and saves it: its title wrapped to the canvas, and a hash of its content, so that it is drawn once."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any, get_args

from bench.examiner import CLEAN
from bench.methods.method import Family
from bench.record import Record
from bench.tables.cells import tell_stand_in
from smile.atomic import replacing
from smile.digests import SHORT, digest_text

#: Key of the text in a PNG file that holds the hash of the figure's content.
_MARK = "Shows"

#: Raise this where every figure is to be drawn anew.
_STYLE = 2

#: One shape for each family beside its colour, for eyes and printers without colour.
MARKERS = dict(zip(get_args(Family), "sovDP^X", strict=True))


def mark_content(*content: object) -> str:
    """Returns the hash of a figure's content."""
    return digest_text(repr((_STYLE, *content)), SHORT)


def read_mark(path: Path) -> str | None:
    """Returns the hash stored in the image at `path`; None where the image is missing or damaged."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.load()
            return str(picture.info.get(_MARK))
    except (OSError, UnidentifiedImageError, SyntaxError):
        return None


def open_canvas(width: float, height: float, columns: int = 1, rows: int = 1) -> tuple[Any, Any]:
    """Returns the module seaborn, and the axes of a new figure with this width and height in inches.

    With several columns or rows, returns the axes of each, as matplotlib's `subplots` does.
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rc("text", parse_math=False)  # a label is shown as it is, also one with $
    warnings.filterwarnings("ignore", "Glyph .* missing from")  # a letter that the font lacks is shown as a box
    import seaborn
    from matplotlib.figure import Figure

    return seaborn, Figure(figsize=(width, height), layout="constrained").subplots(rows, columns)


def name_width(names: Iterable[str]) -> float:
    """Returns the inches that the longest of these names takes beside an axis."""
    return 0.3 + 0.085 * max(map(len, names))


def colour_families() -> dict[str, Any]:
    """Returns family -> colour, the same in every figure; people with colour blindness tell these colours apart."""
    import seaborn

    families = get_args(Family)
    return dict(zip(families, seaborn.color_palette("colorblind", len(families)), strict=True))


def write_title(axes: Any, text: str) -> None:
    """Writes the title over the whole canvas, in as many lines as it needs to stay inside."""
    figure = axes.figure
    title = figure.suptitle(text, fontsize="large")
    for width in range(len(text), 10, -2):
        lines = [textwrap.wrap(part, width, break_on_hyphens=False) for part in text.splitlines()]
        title.set_text("\n".join(chain.from_iterable(lines)))
        if title.get_window_extent().width < 0.96 * figure.bbox.width:
            return


def slant_names(axes: Any) -> None:
    """Slants the names below the axes, so that long ones do not touch."""
    for label in axes.get_xticklabels():
        label.set(rotation=40, ha="right", rotation_mode="anchor")


def save_canvas(path: Path, axes: Any, mark: str) -> Path:
    """Writes the figure of these axes as PNG of at most 256 colours, with its hash `mark`."""
    with replacing(path) as temporary:
        axes.figure.savefig(temporary, dpi=120, format="png")
        _reduce_colours(temporary, mark)
    return path


def _reduce_colours(path: Path, mark: str) -> None:
    """Writes the image again with a palette: a third of the bytes. Its metadata name no version of matplotlib."""
    from PIL import Image, PngImagePlugin

    told = PngImagePlugin.PngInfo()
    told.add_text(_MARK, mark)
    with Image.open(path) as picture:
        # This method keeps white, and a gradient within 6 of 256 steps; the others lose up to 45.
        palette = picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette.save(path, "png", pnginfo=told, optimize=True)


def name_stand_in(record: Record) -> str:
    """Returns the title of the data set; generated faces are always called stand-ins."""
    return record.data_set_title + tell_stand_in(record)


def name_faces(record: Record) -> str:
    """Returns the name of data set, protocol and condition for a figure."""
    under = "" if record.setting.condition == CLEAN else f", tested faces {record.condition_title}"
    return f"{name_stand_in(record)}, {record.setting.protocol}{under}"
