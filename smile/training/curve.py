"""Writes the curve of a run: one line of JSON per report, with the same bytes however often the run was killed."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from smile.atomic import parse_json, write_text
from smile.errors import BadFile
from smile.limits import Natural, read_regular, rebuild
from smile.progress import Say

#: Name of the file, which lies in the run's folder and later beside the model.
FILE_NAME = "metrics.jsonl"

_REMEDY = "delete it: the run goes on, with a curve from there"


class Curve:
    """Appends points to the file; first removes points that a killed run wrote after the checkpoint.

    Damaged lines are removed as well, and `say` gets a line about them.
    """

    def __init__(self, file: Path, say: Say | None = None) -> None:
        self.file, self.say = file, say
        self._opened = False

    def add(self, metrics: dict[str, float]) -> None:
        """Writes one line, with keys in their order."""
        if not self._opened:
            kept = [point for point in read_curve(self.file, self.say) if point["step"] < metrics["step"]]
            write_text(self.file, "".join(json.dumps(point) + "\n" for point in kept))
            self._opened = True
        with self.file.open("a") as file:
            file.write(json.dumps(metrics, allow_nan=False) + "\n")


def read_curve(file: Path, say: Say | None = None) -> list[dict[str, float]]:
    """Reads the points in the file; returns no points where there is no file.

    A point is one number a name, and its step is a whole number that is larger than the one before. A line that is
    none is passed over, and `say` gets a line that names it; the points behind it stay. Where a step is damaged, so
    that not all steps grow, most points stay. The last line of a killed run may be torn, which nothing is said about.
    Raises BadFile where the file is there and cannot be read.
    """
    try:
        *lines, torn = read_regular(file).split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadFile(file, "", f"cannot be read: {error}", _REMEDY) from error
    found = [(number, point) for number, line in enumerate([*lines, torn], 1) if (point := _read_point(line))]
    points = dict(found[row] for row in _find_growing([int(point["step"]) for _, point in found]))
    lost = [number for number in range(1, len(lines) + 1) if number not in points]
    if lost and say is not None:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        say(f"{file}: line {lost[0]}{more}: damaged, no point of a curve; passed over, {len(points)} points stay")
    return list(points.values())


def _read_point(line: bytes) -> dict[str, float] | None:
    """The point that a line holds; None where it holds none."""
    try:
        point = parse_json(line)
        rebuild(dict[str, float], point)
        rebuild(Natural, point["step"])
    except (ValueError, KeyError):
        return None
    return dict(point)


def _find_growing(steps: Sequence[int]) -> list[int]:
    """The places of the longest sequence of steps in which each is larger than the one before."""
    ends: list[int] = []  # at n: the smallest step at which a sequence of n + 1 steps ends
    places: list[int] = []  # of those steps
    before: list[int] = []  # of each step: the place of the one before it, or -1
    for place, step in enumerate(steps):
        length = bisect_left(ends, step)
        before.append(places[length - 1] if length else -1)
        if length < len(ends) and ends[length] == step:
            continue  # of two equal steps the first stays
        ends[length : length + 1], places[length : length + 1] = [step], [place]
    found: list[int] = []
    at = places[-1] if places else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return found[::-1]
