"""Reads and writes file formats, one format in each file: bytes on disk to arrays, and back."""
