"""Carries a run out on one worker, or on many of a Ray cluster."""
