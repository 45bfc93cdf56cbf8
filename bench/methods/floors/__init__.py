"""TABLE FLOORS: methods without learning; every other score must be compared with theirs."""

from __future__ import annotations

from bench.methods.floors.nothing import fit_nothing
from bench.methods.floors.pixels import fit_pixels
from bench.methods.method import Method

FLOORS: dict[str, Method] = {
    "chance": Method("Chance", "floor", fit_nothing, classifier="uniform"),
    "majority": Method("Most frequent class", "floor", fit_nothing),
    "pixels": Method("Raw pixels", "floor", fit_pixels),
}
