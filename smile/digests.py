"""Hashes content by SHA-256: equal content gives an equal digest on every machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from smile.limits import require_regular

#: Hexadecimal digits of a digest that names a cache, a record or an experiment.
SHORT = 16


def digest(content: object, digits: int = SHORT) -> str:
    """Returns the first `digits` hexadecimal digits of the hash of plain data; the order of keys does not matter.

    Example: digest({"a": [1, 2]}) names that dictionary with 16 digits.
    Raises TypeError on data that JSON cannot hold, and ValueError on a number that is not finite.
    """
    return digest_text(json.dumps(content, sort_keys=True, allow_nan=False), digits)


def digest_text(text: str, digits: int = 64) -> str:
    """Returns the first `digits` hexadecimal digits of the hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def digest_file(path: Path) -> str:
    """Returns all 64 hexadecimal digits of the hash of a file; raises OSError where the file cannot be read."""
    require_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
