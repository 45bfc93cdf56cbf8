"""Holds methods that learn from images and sentences."""
