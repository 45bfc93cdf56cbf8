"""Holds a copy of a data set against its release, and names every file that cannot be used."""
