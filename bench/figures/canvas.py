"""An empty figure, and its file: a picture carries a hash of what it shows, so that an equal one is not drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.record import Record
from smile.atomic import replacing
from smile.digests import SHORT, digest_text

#: Key of the text in a png that holds the hash of what it shows.
_MARK = "Shows"


def mark_content(*content: object) -> str:
    """The hash of what a figure shows."""
    return digest_text(repr(content), SHORT)


def read_mark(path: Path) -> str | None:
    """The hash of what the picture at `path` shows; None where there is no whole picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.load()
            return str(picture.info.get(_MARK))
    except (OSError, UnidentifiedImageError, SyntaxError):
        return None


def open_canvas(width: float, height: float) -> tuple[Any, Any]:
    """Seaborn, and the axes of a new figure of so many inches."""
    import matplotlib

    matplotlib.use("Agg")
    import seaborn
    from matplotlib.figure import Figure

    return seaborn, Figure(figsize=(width, height), layout="constrained").subplots()


def save_canvas(path: Path, axes: Any, mark: str) -> Path:
    """Writes the figure of these axes as png, with its mark."""
    with replacing(path) as temporary:
        # The default metadata name the version of matplotlib.
        axes.figure.savefig(temporary, dpi=120, format="png", metadata={"Software": None, _MARK: mark})
    return path


def name_faces(record: Record) -> str:
    """Data set and protocol as a figure names them: a stand-in always says that it is one."""
    faces = record.data_set_title + (f" (stand-in: {record.stand_in})" if record.stand_in else "")
    return f"{faces}, {record.setting.protocol}"
