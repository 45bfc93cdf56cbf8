"""Fits the constants of the forecast to the rows of results/speed.json and the points of results/cluster.json."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cluster.forecast.points import FILE
from smile.atomic import read_json

SPEED = Path("results/speed.json")
#: How many cores the processor had on which the rows of results/speed.json were measured.
CORES = 2


@dataclass(frozen=True)
class FittedLine:
    """Is a straight line through measured points: seconds = start + amount / rate."""

    start: float  # s
    rate: float  # amount per second
    worst: float  # largest distance of a point from the line, as a share of the point's seconds

    def __call__(self, amount: float) -> float:
        """Returns the seconds that `amount` takes."""
        return self.start + amount / self.rate


@dataclass(frozen=True)
class Fitted:
    """Holds what was measured on this machine; everything else in a forecast comes from data sheets."""

    step: FittedLine  # of operations in a step, on this processor
    peak: float  # operations per second of a matrix product here
    exchange: FittedLine  # of bytes that two workers add up
    task: FittedLine  # of tasks that one process hands out
    scan: float  # core seconds to read and draw a scan of 35,000 vertices, three views, pose found

    @property
    def share(self) -> float:
        """Returns which share of the peak the operations of a step reach here (MFU, without its fixed part)."""
        return self.step.rate / self.peak


def fit_lines(root: Path = Path()) -> Fitted:
    """Fits all lines; raises BadFile or KeyError where a file of points is not there or holds others."""
    stages = read_json(root / SPEED, "python -m bench.speed measures it")["stages"]
    points = read_json(root / FILE, "python -m cluster measure measures it")
    steps = [one for stage in ("step", "vit") for one in map(_read_step, stages[stage]["rows"]) if one]
    (peak,) = {
        float(found) for row in stages["vit"]["rows"] for found in re.findall(r"of the ([\d.]+) of a", row["note"])
    }
    scans = {row["case"]: row["ours"] for row in stages["prepare"]["rows"]}
    return Fitted(
        draw_line(*zip(*steps, strict=True)),
        peak * 1e12,
        draw_line(*_columns(points["exchange"], "bytes")),
        draw_line(*_columns(points["tasks"], "tasks")),
        CORES / min(scans.values()),
    )


def draw_line(amounts: Sequence[float], seconds: Sequence[float]) -> FittedLine:
    """Returns the line with the least sum of squared relative errors, with a start of at least zero."""
    x, y = np.array(amounts, float), np.array(seconds, float)
    start, slope = np.linalg.lstsq(np.stack([1 / y, x / y], axis=1), np.ones(len(x)), rcond=None)[0]
    if start < 0:
        start, slope = 0.0, float((x / y).sum() / ((x / y) ** 2).sum())
    worst = np.abs((start + slope * x) / y - 1).max()
    return FittedLine(float(start), float(1 / slope), float(worst))


def _read_step(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Returns (operations, seconds) of a step, reading included; None for a row that does not say both."""
    clips, speed = re.match(r"(?:\w+, )?(\d+) clips", row["case"]), re.search(r"([\d.]+) TFLOP/s", row["note"])
    if clips is None or speed is None:
        return None
    seconds = float(clips[1]) / row["ours"]
    return float(speed[1]) * 1e12 * seconds, seconds


def _columns(points: Sequence[Mapping[str, float]], what: str) -> tuple[list[float], list[float]]:
    return [one[what] for one in points], [one["seconds"] for one in points]
