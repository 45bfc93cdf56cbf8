"""Keeps the state of a run on disk: one checkpoint a file, and the folder of them all."""
