"""The curve of a run on disk: a line of JSON for each report, the same bytes however often the run was killed."""

from __future__ import annotations

import json
from pathlib import Path

from smile.atomic import write_text

#: Name of the file, in the run's folder and then beside the model.
FILE_NAME = "metrics.jsonl"


class Curve:
    """Appends to the file; what a killed run had written beyond the checkpoint that is continued goes first."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._opened = False

    def add(self, metrics: dict[str, float]) -> None:
        """Writes one line; keys in the order given."""
        if not self._opened:
            kept = [point for point in read_curve(self.file) if point["step"] < metrics["step"]]
            write_text(self.file, "".join(json.dumps(point) + "\n" for point in kept))
            self._opened = True
        with self.file.open("a") as file:
            file.write(json.dumps(metrics, allow_nan=False) + "\n")


def read_curve(file: Path) -> list[dict[str, float]]:
    """The points in the file up to the first line that is not whole; none where there is no file."""
    points: list[dict[str, float]] = []
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return points
    for line in lines:
        try:
            point = json.loads(line)
            point["step"] + 0  # a number, or the line is none of ours
        except (ValueError, KeyError, TypeError, RecursionError):
            break
        points.append(point)
    return points
