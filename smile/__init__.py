"""Pretrains a face-and-text model on rendered views of 3D and 4D faces (SMILE-VLM)."""

import os

# Before torch starts its threads: those that wait by spinning slow a busy processor tenfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
