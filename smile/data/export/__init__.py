"""TABLE FORMATS: writes clips as the files of a data set, so that made faces take the same way as recorded ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from smile.data.export.bu4dfe import export_bu4dfe
from smile.data.face import Clip

#: Name on the command line -> what writes (clips, folder, what made them, progress) as a tree of that layout.
FORMATS: dict[str, Callable[[Iterable[Clip], Path, str, Callable[[int, int], None]], None]] = {
    "bu4dfe": export_bu4dfe,
}
