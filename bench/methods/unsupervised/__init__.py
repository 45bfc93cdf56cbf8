"""Holds methods that learn from images alone, without labels and sentences."""
