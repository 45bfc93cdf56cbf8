"""Turns clips into images."""
