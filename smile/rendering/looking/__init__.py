"""Lays out images for people to look at."""
