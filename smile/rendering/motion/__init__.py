"""Turns the pictures of a clip's frames into pictures of what moved."""
