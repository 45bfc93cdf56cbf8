"""Pretrains a face-and-text model on rendered views of 3D and 4D faces (SMILE-VLM)."""

__version__ = "0.1.0"
