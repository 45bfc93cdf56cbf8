"""One file format a file: bytes on disk to arrays, and back."""
