"""Pretrains a face-and-text model on rendered views of 3D and 4D faces (SMILE-VLM)."""

import os

# Set this before torch starts its threads. A thread that waits for another spins for about 30 microseconds, then it
# sleeps. GNU OpenMP's default of three milliseconds makes a training step up to twenty times as slow where another
# program wants the cores. No spinning makes a step a third slower where the machine is idle (docs/log.md).
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

__version__ = "0.1.0"
