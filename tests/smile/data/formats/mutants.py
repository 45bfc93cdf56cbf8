"""Damages files in every way that disks, copies and scripts do, and watches what a reader makes of it.

The suite runs COUNT mutants a format; the variable SMILE_MUTANTS asks for more: SMILE_MUTANTS=1000 pytest -k mutant.
"""

import os
import re
import struct
import time
import tracemalloc
from collections import Counter

import numpy as np

from smile.data.face import Scan
from smile.errors import BadFile

COUNT = int(os.environ.get("SMILE_MUTANTS", "60"))
SECONDS = 2.0
#: A reader may hold four times the file, and what interpreter, regular expressions and messages take.
MEMORY, SMALL = 4, 1 << 19

_NUMBER = re.compile(rb"(?<![\w.])[+-]?\d+\.?\d*(?:[eE][+-]?\d+)?")
_WORDS = (
    b"nan",
    b"-inf",
    b"1e999",
    b"-1e999",
    b"1e38",
    b"9" * 400,
    b"-1",
    b"4294967296",
    b"1.5.5",
    b"0x10",
    b"1_0",
    b"",
)
_REALS = (np.nan, np.inf, -np.inf, 1e300, -1e300, 1e7, 5e-324)


def cut(content, rng):
    return content[: rng.integers(len(content))]


def grow(content, rng):
    return content + content[: rng.integers(1, len(content) + 1)]


def flip(content, rng):
    changed = np.frombuffer(content, np.uint8).copy()
    where = rng.integers(len(changed), size=rng.integers(1, 9))
    changed[where] ^= rng.integers(1, 256, size=len(where)).astype(np.uint8)
    return changed.tobytes()


def blot(content, rng):
    """A run of equal bytes, as a bad sector leaves it."""
    at, length = rng.integers(len(content)), rng.integers(1, 513)
    return content[:at] + bytes([rng.choice([0, 255, 9, 10, 32, 48])]) * int(length) + content[at + length :]


def lose(content, rng):
    at, length = rng.integers(len(content)), rng.integers(1, 65)
    return content[:at] + content[at + length :]


def double(content, rng):
    at, length = rng.integers(len(content)), rng.integers(1, 513)
    return content[: at + length] + content[at:]


def renumber(content, rng):
    """One number of a text, among the first ones every other time: counts stand there."""
    found = list(_NUMBER.finditer(content))
    if not found:
        return cut(content, rng)
    hit = found[rng.integers(min(len(found), 3) if rng.random() < 0.5 else len(found))]
    return content[: hit.start()] + _WORDS[rng.integers(len(_WORDS))] + content[hit.end() :]


def lie(content, rng):
    """A field of a binary header that is too large, too small or of the wrong sign."""
    width = int(rng.choice([1, 2, 4, 8]))
    at = int(rng.integers(min(64, len(content) - width)))
    value = int(rng.choice([0, 1, 2**15, 2**31, 2**32 - 1, 2**63 - 1])) % 2 ** (8 * width)
    return content[:at] + value.to_bytes(width, "little") + content[at + width :]


def poison(content, rng, begin):
    """One double of a binary block that begins at `begin`."""
    at = begin + 8 * int(rng.integers((len(content) - begin) // 8))
    return content[:at] + struct.pack("<d", _REALS[rng.integers(len(_REALS))]) + content[at + 8 :]


TEXT = (cut, grow, flip, blot, lose, double, renumber, renumber, renumber)
BINARY = (cut, grow, flip, blot, lose, double, lie, lie, lie)


def mutants(content, kinds, count=COUNT, seed=0):
    """(name, bytes) of `count` damaged copies, the same for the same seed; never the content itself."""
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        kind = kinds[number % len(kinds)]
        damaged = content
        while damaged == content:
            damaged = kind(content, rng)
        yield f"{getattr(kind, '__name__', 'mutant')} {number}", damaged


def survey(path, content, kinds, read, faults, count=COUNT):
    """How many mutants of `content` were refused and how many read, by a reader that must neither crash nor hang.

    `faults` says what is wrong with what was read, and gives nothing where it is in order. Every refusal is a BadFile
    that names the file, a place in it and a reason; memory stays below four times the file.
    """
    seen = Counter()
    path.write_bytes(content)
    read(path)  # compiles and imports what the first call does
    for name, damaged in mutants(content, kinds, count):
        path.write_bytes(damaged)
        tracemalloc.start()
        began = time.perf_counter()
        try:
            wrong = faults(read(path))
            assert not wrong, f"{name}: accepted with {wrong}"
            seen["read"] += 1
        except BadFile as error:
            assert error.file == path and error.place and error.reason, f"{name}: {error!r}"
            seen["refused"] += 1
        finally:
            took, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert took < SECONDS, f"{name}: {took:.1f} s"
        assert peak < MEMORY * len(damaged) + SMALL, f"{name}: {peak} bytes for {len(damaged)}"
    print(f"{path.suffix}: {dict(seen)}")
    return seen


def textured_mesh(own):
    """A mesh of 400 vertices; its texture has triangles of its `own`, or those of the vertices."""
    rng = np.random.default_rng(1)
    triangles = rng.integers(0, 400, (700, 3)).astype(np.int32)
    triangles_uv = rng.integers(0, 300, (700, 3)).astype(np.int32) if own else triangles
    uv = rng.random((300 if own else 400, 2)).astype(np.float32)
    return Scan(rng.normal(0, 90, (400, 3)).astype(np.float32), triangles, uv=uv, triangles_uv=triangles_uv)


def faults_of_scan(scan):
    """What is wrong with the arrays of a scan; nothing where they are in order."""
    if not (len(scan.vertices) and (np.abs(scan.vertices) <= 1e6).all()):
        return "a vertex out of range"
    for triangles, points in ((scan.triangles, scan.vertices), (scan.triangles_uv, scan.uv)):
        if triangles is None:
            continue
        if triangles.shape != scan.triangles.shape or not len(triangles):
            return "triangles without partners"
        if triangles.min() < 0 or triangles.max() >= len(points):
            return "triangles out of range"
    if (scan.uv is None) != (scan.triangles_uv is None):
        return "half a texture"
    return "" if scan.uv is None or (np.abs(scan.uv) <= 16).all() else "texture coordinates out of range"
