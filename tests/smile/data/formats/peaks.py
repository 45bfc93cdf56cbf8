"""Reads a mesh, and tells how much memory that took."""

import tracemalloc

from smile.data.formats.mesh import read_mesh


def read_traced(path):
    """The scan in a file, and the most bytes that Python held meanwhile; a first reading compiles."""
    read_mesh(path)
    tracemalloc.start()
    try:
        return read_mesh(path), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
