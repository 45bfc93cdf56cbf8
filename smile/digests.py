"""Digests by SHA-256: equal content, equal digest, on every machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

#: Hexadecimal digits of a digest that names a cache, a record or an experiment.
SHORT = 16


def digest(content: object, digits: int = SHORT) -> str:
    """The first `digits` hexadecimal digits for plain data, in which the order of keys does not count.

    digest({"a": [1, 2]}) names that dictionary in 16 digits.

    Raises TypeError on what JSON cannot hold, and ValueError on a number that is not finite.
    """
    return digest_text(json.dumps(content, sort_keys=True, allow_nan=False), digits)


def digest_text(text: str, digits: int = 64) -> str:
    """The first `digits` hexadecimal digits for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def digest_file(path: Path) -> str:
    """All 64 hexadecimal digits for the bytes of a file; OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
