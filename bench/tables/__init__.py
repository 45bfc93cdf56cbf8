"""Prints records as tables, for people and for programs."""
