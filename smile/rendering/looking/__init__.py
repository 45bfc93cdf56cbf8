"""Lays pictures out for people to look at."""
