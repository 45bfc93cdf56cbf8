"""Turns clips into pictures."""
