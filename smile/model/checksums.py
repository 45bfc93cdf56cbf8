"""Writes and checks checksums of the files of a model, so that a damaged or changed folder is not loaded."""

from __future__ import annotations

from pathlib import Path

from smile.atomic import parse_json, write_json
from smile.digests import digest_file
from smile.errors import BadFile
from smile.limits import MOST_BYTES, read_regular, rebuild, require_regular

FILE_NAME = "checksums.json"

#: Files from which a model is loaded. The card and the record of the run are for people, who may edit them.
READ = ("config.json", "*.safetensors", "*.safetensors.index.json", "*token*.json", "vocab.*", "merges.txt", "*.model")

REMEDY = "save the model again, or copy it anew from where it is whole"


def write_checksums(folder: Path) -> None:
    """Writes the SHA-256 of each file from which the model in `folder` is loaded."""
    write_json(folder / FILE_NAME, list_checksums(folder))


def list_checksums(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of each file from which a model in `folder` is loaded; BadFile where one cannot be read."""
    return {file.name: _digest(file) for file in list_files(folder)}


def check_folder(folder: Path) -> None:
    """Raises BadFile where a file has changed, is missing or was added, or where the checksums cannot be read."""
    try:
        known = rebuild(dict[str, str], parse_json(read_regular(folder / FILE_NAME)))
    except (OSError, ValueError) as error:
        raise BadFile(folder / FILE_NAME, "", f"cannot be read: {error}", REMEDY) from error
    found = list_checksums(folder)
    for name in sorted(known.keys() | found.keys()):
        if name not in found:
            raise BadFile(folder / name, "", "is missing", REMEDY)
        if known.get(name) != found[name]:
            raise BadFile(folder / name, "", f"is not what {FILE_NAME} says was written", REMEDY)


def list_files(folder: Path) -> list[Path]:
    """Returns the files from which a model in `folder` is loaded, sorted."""
    return sorted({file for pattern in READ for file in folder.glob(pattern)})


def _digest(file: Path) -> str:
    try:
        if (size := require_regular(file)) > (most := _find_most(file)):  # to hash a file without end takes minutes
            raise BadFile(file, f"byte {most}", f"goes on to {size:,} bytes; {most:,} are allowed", REMEDY)
        return digest_file(file)
    except OSError as error:
        raise BadFile(file, "", f"cannot be read: {error.strerror or error}", REMEDY) from error


def _find_most(file: Path) -> int:
    """The bytes that a file of a model has at most: of weights those that its head states, where it is one."""
    if file.suffix != ".safetensors":
        return MOST_BYTES
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        head = opened.read(min(length, MOST_BYTES))
    try:
        tensors = {name: one for name, one in parse_json(head).items() if name != "__metadata__"}
        return 8 + length + max(int(one["data_offsets"][1]) for one in tensors.values())
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # no head: its hash is none of a whole file
        return MOST_BYTES
