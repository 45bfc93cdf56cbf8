"""TABLE CONDITIONS: what is done to tested faces, and to no others, in the order of the printed tables."""

from __future__ import annotations

from bench.conditions.coarse import COARSE
from bench.conditions.condition import Condition
from bench.conditions.light import LIGHT
from bench.conditions.misaligned import MISALIGNED
from bench.conditions.missing_view import MISSING_VIEW
from bench.conditions.noisy import NOISY
from bench.conditions.occluded import OCCLUDED
from bench.conditions.without_landmarks import WITHOUT_LANDMARKS

CONDITIONS: dict[str, Condition] = {
    "clean": Condition("as scanned"),
    "misaligned": MISALIGNED,
    "occluded": OCCLUDED,
    "noisy": NOISY,
    "coarse": COARSE,
    "missing_view": MISSING_VIEW,
    "without_landmarks": WITHOUT_LANDMARKS,
    "light": LIGHT,
}
