"""Writes a sentence for each clip; arms.py is the table of all sources of sentences."""
