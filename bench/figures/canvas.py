"""Opens an empty figure and saves it with a hash of its content, so that an equal figure is not drawn again."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from bench.record import Record
from smile.atomic import replacing
from smile.digests import SHORT, digest_text

#: Key of the text in a PNG file that holds the hash of the figure's content.
_MARK = "Shows"


def mark_content(*content: object) -> str:
    """Returns the hash of a figure's content."""
    return digest_text(repr(content), SHORT)


def read_mark(path: Path) -> str | None:
    """Returns the hash stored in the image at `path`; None where the image is missing or damaged."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.load()
            return str(picture.info.get(_MARK))
    except (OSError, UnidentifiedImageError, SyntaxError):
        return None


def open_canvas(width: float, height: float) -> tuple[Any, Any]:
    """Returns the module seaborn, and the axes of a new figure with this width and height in inches."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rc("text", parse_math=False)  # a label is shown as it is, also one with $
    warnings.filterwarnings("ignore", "Glyph .* missing from")  # a letter that the font lacks is shown as a box
    import seaborn
    from matplotlib.figure import Figure

    return seaborn, Figure(figsize=(width, height), layout="constrained").subplots()


def save_canvas(path: Path, axes: Any, mark: str) -> Path:
    """Writes the figure of these axes as PNG, with its hash `mark`."""
    with replacing(path) as temporary:
        # The default metadata would contain the version of matplotlib.
        axes.figure.savefig(temporary, dpi=120, format="png", metadata={"Software": None, _MARK: mark})
    return path


def name_faces(record: Record) -> str:
    """Returns the name of data set and protocol for a figure; generated faces are always called stand-ins."""
    faces = record.data_set_title + (f" (stand-in: {record.stand_in})" if record.stand_in else "")
    return f"{faces}, {record.setting.protocol}"
