"""Units of a mesh: millimetres, unless its size says that they are metres or centimetres; inches are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from smile.arrays import Float32
from smile.data.face import Scan
from smile.errors import UserError

#: Sizes, from and to -> factor to millimetres. A face or head measures 150 to 600 mm along the diagonal of its box. A
#: face in feet would be larger than that in metres, one in inches smaller in centimetres; neither is guessed.
UNITS = {(0.06, 0.65): 1000.0, (12.0, 60.0): 10.0, (60.0, 2000.0): 1.0}
_OTHERS = {(0.65, 2.0): "feet (or a whole body in metres)", (3.0, 12.0): "inches"}
_OF_MARKS = {(0.06, 2.0): 1000.0, (6.0, 60.0): 10.0, (60.0, 2000.0): 1.0}  # they span a part of a face that is known
_NAMES = {1000.0: "metres", 10.0: "centimetres", 1.0: "millimetres"}
#: Share of the points, on either side along each axis, that a size does not count: stray points of a scanner.
_STRAY = 0.5  # percent
_POINTS = 4000  # by which a size is told


def in_millimetres(scan: Scan) -> Scan:
    """The scan with vertices and landmarks in millimetres, each by its own size.

    A mesh 0.2 across is taken for metres (as glTF always is), one 20 across for centimetres.
    Raises UserError, with the size, on a mesh that is a face in none of these units.
    """
    factor = find_factor(scan.vertices)
    if factor is None:
        raise UserError(describe_size(scan.vertices))
    marks = scan.landmarks
    scale = 1.0 if marks is None else find_factor(marks[np.isfinite(marks).all(axis=1)], _OF_MARKS)
    if factor == 1.0 and scale == 1.0:
        return scan
    moved = None if marks is None else marks * np.float32(1.0 if scale is None else scale)
    return replace(scan, vertices=scan.vertices * np.float32(factor), landmarks=moved)


def find_factor(points: Float32, units: Mapping[tuple[float, float], float] = UNITS) -> float | None:
    """The factor that brings points [P, 3] of a face into millimetres; None where their size fits no unit."""
    size = measure_size(points)
    return next((factor for (least, most), factor in units.items() if least <= size < most), None)


def name_unit(points: Float32) -> str | None:
    """Returns the unit that points [P, 3] of a face seem to be in, e.g. "metres"; None where their size fits none."""
    factor = find_factor(points)
    return None if factor is None else _NAMES[factor]


def describe_size(points: Float32) -> str:
    """Returns what is wrong with points [P, 3] whose size fits no unit, and what to do."""
    size = measure_size(points)
    other = next((name for (least, most), name in _OTHERS.items() if least <= size < most), "")
    guess = f", but may be one in {other}" if other else ""
    return (
        f"the mesh measures {size:.3g} across, which is no face in millimetres, centimetres or metres{guess}; "
        "export one face a file, in millimetres"
    )


def tell_units(found: Mapping[str, int]) -> list[str]:
    """Returns a line for each unit other than millimetres, from how many scans are in it."""
    return [
        f"Units: {count} scan(s) are in {unit}, by their size; they are drawn in millimetres"
        for unit, count in found.items()
        if unit != "millimetres"
    ]


def measure_size(points: Float32) -> float:
    """Diagonal of the box around points [P, 3], stray ones left out, in their own unit; 0 without points."""
    if not len(points):
        return 0.0
    some = points[:: max(len(points) // _POINTS, 1)].astype(np.float64)
    low, high = np.percentile(some, (_STRAY, 100 - _STRAY), axis=0)
    return float(np.linalg.norm(high - low))
