"""Turns the bytes of text files into numbers, with compiled code."""
