"""Measures methods one after the other, or side by side on many cores; the process of the user alone writes records."""
