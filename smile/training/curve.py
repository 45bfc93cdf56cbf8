"""Writes the curve of a run: one line of JSON per report, with the same bytes however often the run was killed."""

from __future__ import annotations

import json
from pathlib import Path

from smile.atomic import parse_json, write_text
from smile.limits import Natural, rebuild

#: Name of the file, which lies in the run's folder and later beside the model.
FILE_NAME = "metrics.jsonl"


class Curve:
    """Appends points to the file; first removes points that a killed run wrote after the checkpoint."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._opened = False

    def add(self, metrics: dict[str, float]) -> None:
        """Writes one line, with keys in their order."""
        if not self._opened:
            kept = [point for point in read_curve(self.file) if point["step"] < metrics["step"]]
            write_text(self.file, "".join(json.dumps(point) + "\n" for point in kept))
            self._opened = True
        with self.file.open("a") as file:
            file.write(json.dumps(metrics, allow_nan=False) + "\n")


def read_curve(file: Path) -> list[dict[str, float]]:
    """Reads the points in the file up to the first line that is none; returns no points where there is no file.

    A point is one number a name, and its step is a whole number that is larger than the one before.
    """
    points: list[dict[str, float]] = []
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return points
    for line in lines:
        try:
            point = parse_json(line)
            rebuild(dict[str, float], point)
            step = rebuild(Natural, point["step"])
        except (ValueError, KeyError):
            break
        if points and step <= points[-1]["step"]:
            break
        points.append(point)
    return points
