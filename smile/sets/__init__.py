"""Reads one data set a file; readers.py is the table of all."""
