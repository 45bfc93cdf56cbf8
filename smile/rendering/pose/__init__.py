"""Brings every scan into the face frame."""
