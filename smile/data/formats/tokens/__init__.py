"""Bytes of text files to numbers, at machine speed."""
