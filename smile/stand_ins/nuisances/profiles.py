"""TABLE PROFILES: kinds of scanners with their faults: noise, stripes, steps, holes, and sides that no sensor sees.

The sizes are our choice, within what such scanners have. Letters in shapes: V vertices.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from smile.arrays import Float32, Float64
from smile.data.face import Scan
from smile.stand_ins.performance import Span
from smile.stand_ins.scanner import HEADS, Scanner, measure_normals

_STRIPE = 5.0  # mm from stripe to stripe
_FRONT = np.array([0.0, 0.0, 1.0], np.float32)  # from the face to the scanner


@dataclass(frozen=True)
class Profile:
    """Says what one kind of scanner does to a face; a pair is the range of a uniform draw for every frame."""

    scanner: Scanner = field(default_factory=Scanner)
    alone: bool = False  # one sensor in front of the face; otherwise two, 45 degrees left and right
    grazing: float = 0.0  # smallest cosine between normal and line of sight that one sensor alone still measures
    stripes: Span = (0.0, 0.0)  # mm, amplitude of depth along stripes of projected light
    step: Span = (0.0, 0.0)  # mm between the only depths that are told apart
    holes: tuple[int, int] = (0, 0)  # fewest and most places where nothing is measured
    hole: Span = (2.0, 6.0)  # mm, radius of such a place

    @property
    def sensors(self) -> Float64:
        """Unit vectors [K, 3] from the face towards the sensors."""
        return (_FRONT[:, None] if self.alone else HEADS).T.astype(np.float64)


#: Name -> the scanner.
PROFILES: dict[str, Profile] = {
    "structured_light": Profile(
        Scanner(noise=(0.05, 0.15), correlation=(1.0, 2.0), landmark_drift=2.0, landmark_noise=0.8),
        alone=True,
        grazing=0.25,
        stripes=(0.1, 0.3),
        holes=(1, 4),
    ),
    "stereo": Profile(
        Scanner(noise=(0.2, 0.5), correlation=(3.0, 6.0), landmark_drift=2.0, landmark_noise=0.8),
        step=(0.3, 0.8),
        holes=(6, 20),
    ),
}


def spoil(profile: Profile, scan: Scan, rotation: Float32, rng: np.random.Generator) -> Scan:
    """Returns a scan in the face frame as this kind of scanner gives it, with all faults but the `scanner`'s own.

    `rotation` [3, 3] turns the face in front of the scanner.
    """
    placed = scan.vertices @ rotation.T
    amplitude, phase, step = rng.uniform(*profile.stripes), rng.uniform(0, 2 * np.pi), rng.uniform(*profile.step)
    depth = placed[:, 2] + amplitude * np.sin(placed[:, 0] * (2 * np.pi / _STRIPE) + phase)
    placed[:, 2] = np.round(depth / step) * step if step else depth
    seen, columns = np.ones(len(placed), np.bool_), np.ascontiguousarray(scan.vertices.T)
    for _ in range(int(rng.integers(profile.holes[0], profile.holes[1] + 1))):
        centre, radius = scan.vertices[rng.integers(len(placed))], rng.uniform(*profile.hole)
        x, y, z = ((column - at) ** 2 for column, at in zip(columns, centre, strict=True))
        seen &= x + y + z > radius**2
    if profile.alone:
        seen &= measure_normals(scan.vertices, scan.triangles) @ (rotation.T @ _FRONT) > profile.grazing
    kept = seen[scan.triangles].all(axis=1)
    return replace(scan, vertices=(placed @ rotation).astype(np.float32), triangles=scan.triangles[kept])
