"""Reduces names to what tells people apart: two spellings of one name have one key."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from smile.data.names import fold

#: Digits of a number in a name; more are a name of digits, and int() takes no thousands.
LONGEST_NUMBER = 18
_RUNS = re.compile(r"\d+|[^\d ]+")
_NUMBER = re.compile(r"(.*?)[\W_]*(\d+)[\W_]*", re.DOTALL)
_NO_NAME = re.compile(r"[\W_\d]*")


# A split names each of few people in many lines.
@lru_cache(maxsize=2**16)
def reduce_name(name: str) -> str:
    """Returns a key that is equal for spellings of one name: case, blanks, separators, Unicode form, leading zeros.

    Example: "F001", "f_1" and "F 01" have the key "f 1". Numbers stay apart: "1-11" and "11-1" differ.
    """
    parts: list[str] = []
    # Marks belong to letters: without them, many names in Hindi or Thai would be one.
    plain = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in fold(name))
    for run in _RUNS.findall(plain):
        if run.isdecimal():
            parts.append(str(int(run)) if len(run) <= LONGEST_NUMBER else run)
        elif parts and not parts[-1].isdecimal():
            parts[-1] += run  # "anna-maria" is "annamaria"
        else:
            parts.append(run)
    return " ".join(parts) or fold(name)


@lru_cache(maxsize=2**16)
def split_frame(clip: str) -> tuple[str, int] | None:
    """Returns the name of a recording and the number of a frame of it; None where the name ends with no number.

    Example: "F001/Happy/003.wrl" is frame 3 of "F001/Happy". A name of numbers alone, as "0003", names no recording.
    """
    found = _NUMBER.fullmatch(re.sub(r"\.[A-Za-z]\w{0,4}$", "", clip))
    if not found or _NO_NAME.fullmatch(found[1]) or len(found[2]) > LONGEST_NUMBER:
        return None
    return fold(found[1]), int(found[2])
