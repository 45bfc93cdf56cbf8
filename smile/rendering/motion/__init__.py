"""Turns the images of a clip's frames into images of motion."""
