"""Reads data sets, each in a file of its own; readers.py is the table of all data sets."""
