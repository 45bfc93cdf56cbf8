"""Compares a copy of a data set with its release, and names every file that cannot be used."""
