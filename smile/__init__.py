"""Pretrains a face-and-text model on rendered views of 3D and 4D faces (SMILE-VLM)."""

import os

# Before torch starts its threads: they wait for each other by spinning for some 30 microseconds, then asleep. Three
# milliseconds, GNU OpenMP's own, make a training step up to twenty times as slow where another program wants the cores;
# none at all, a third slower where the machine is idle (docs/log.md).
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

__version__ = "0.1.0"
