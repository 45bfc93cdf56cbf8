"""Compiles the loops that most tests run, once, while the workers collect: each would compile them for itself.

A clone compiles for some 50 s of one core; numba keeps the result beside the sources.
"""

import contextlib
import io
import sys
import tempfile
from pathlib import Path

from smile.run import main

SMALL = ("--set", "rendering.image_size=24")


def compile_loops() -> int:
    """Makes, writes, reads and draws faces that move and faces that do not; returns the worst exit status."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        place = Path(folder)
        moving = main(["views", "--subjects", "1", "--frames", "3", *SMALL, *where(place, "moving")])
        main(["export", "--format", "bu3dfe", "--subjects", "1", "--out", str(place / "scans")])
        return max(moving, main(["views", f"bu3dfe={place / 'scans'}", *SMALL, *where(place, "still")]))


def where(place: Path, name: str) -> list[str]:
    """Says where pictures and their sheet go."""
    return ["--cache", str(place / name), "--out", str(place / f"{name}.png")]


if __name__ == "__main__":
    sys.exit(compile_loops())
