"""Holds methods that learn from labels."""
