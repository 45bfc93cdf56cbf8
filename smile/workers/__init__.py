"""Runs a pretraining job on one worker, or on several workers of a Ray cluster."""
