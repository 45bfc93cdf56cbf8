"""Keeps the state of a run on disk: one file per checkpoint, and the folder of all checkpoints."""
