"""TABLE PROBES: how a benchmark measures frozen embeddings on the folds of a protocol."""

from __future__ import annotations

from bench.probes.linear_probe import probe
from bench.probes.probe import Probe

PROBES: dict[str, Probe] = {"linear_probe": probe}
