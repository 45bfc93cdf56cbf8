"""Takes a binary glTF file (.glb) apart: the tree that it states as JSON, and the arrays in its bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smile.data.formats.surface import Corners
from smile.data.formats.tokens.text import load_bytes
from smile.errors import BadFile

REMEDY = "copy the file anew, or export it as .ply or .obj"

_HEAD, _CHUNK = struct.Struct("<4sII"), struct.Struct("<I4s")  # magic, version, length; length, kind
_KINDS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_EXPORT = "export it anew without {}, e.g. with Blender"
#: Extensions that a file may require: they change how a surface shines, or in which numbers it is kept.
_HARMLESS = ("KHR_materials_", "KHR_mesh_quantization", "KHR_lights_")


@dataclass(frozen=True)
class Chunks:
    """Holds the two parts of a .glb file."""

    file: Path
    tree: Mapping[str, Any]
    body: np.ndarray[Any, np.dtype[np.uint8]]

    def refuse(self, place: str, reason: str, remedy: str = REMEDY) -> BadFile:
        """The error about a place of this file."""
        return BadFile(self.file, place, reason, remedy)

    def list(self, name: str) -> Sequence[Any]:
        """The list of this name in the tree; empty where there is none."""
        found = self.tree.get(name, [])
        if not isinstance(found, list):
            raise self.refuse(name, "is no list")
        return found

    def take(self, name: str, number: Any) -> Mapping[str, Any]:
        """The item of this number in a list of the tree."""
        items = self.list(name)
        if type(number) is not int or not 0 <= number < len(items) or not isinstance(items[number], dict):
            raise self.refuse(name, f"there is no number {str(number)[:20]}, of {len(items)}")
        found: Mapping[str, Any] = items[number]
        return found

    def read(self, number: Any) -> Corners:
        """The numbers [count, width] of an accessor as the file keeps them: a view where nothing is laid over them."""
        accessor = self.take("accessors", number)
        place, count = f"accessor {number}", accessor.get("count")
        width = _WIDTHS.get(str(accessor.get("type")), 0)
        if type(count) is not int or count < 1 or not width:
            raise self.refuse(place, "states no count of numbers, or no type of them")
        if not {"sparse", "bufferView"} & accessor.keys():
            raise self.refuse(
                place, "its numbers are not in the file, as where they are compressed", _EXPORT.format("compression")
            )
        if "sparse" not in accessor:
            return self._view(place, accessor, count, width)
        if count * width > len(self.body):
            raise self.refuse(place, f"states {count} items, more than the file has bytes")
        whole = np.zeros((count, width), self._kind(place, accessor))
        if "bufferView" in accessor:
            whole[:] = self._view(place, accessor, count, width)
        if isinstance(sparse := accessor.get("sparse"), dict):
            self._lay_over(place, whole, sparse)
        return whole

    def read_shares(self, number: Any) -> Corners:
        """The numbers of an accessor as shares of 1 where it says that they are normalized whole ones, float32."""
        found = self.read(number)
        if self.take("accessors", number).get("normalized") is not True or found.dtype.kind == "f":
            return found.astype(np.float32, copy=False)
        return np.maximum(found / np.float32(np.iinfo(found.dtype).max), -1, dtype=np.float32)

    def cut(self, number: Any) -> tuple[int, int]:
        """The first byte of a buffer view in the body, and the byte behind it."""
        view = self.take("bufferViews", number)
        begin, length = view.get("byteOffset", 0), view.get("byteLength", "")
        if view.get("buffer") != 0 or "uri" in self.take("buffers", 0):
            raise self.refuse(
                f"bufferView {number}", "lies in another file", _EXPORT.format("a file of its own for data")
            )
        if "EXT_meshopt_compression" in view.get("extensions", {}):
            raise self.refuse(f"bufferView {number}", "is compressed", _EXPORT.format("compression"))
        states = isinstance(begin, int) and isinstance(length, int)
        if not states or begin < 0 or length < 0 or begin + length > len(self.body):
            raise self.refuse(
                f"bufferView {number}", f"states bytes that are not among the {len(self.body)} of the file"
            )
        return begin, begin + length

    def _kind(self, place: str, accessor: Mapping[str, Any]) -> np.dtype[Any]:
        if accessor.get("componentType") not in _KINDS:
            raise self.refuse(place, f"numbers of the kind {str(accessor.get('componentType'))[:20]} are not known")
        return np.dtype(_KINDS[accessor["componentType"]])

    def _view(self, place: str, accessor: Mapping[str, Any], count: int, width: int) -> Corners:
        kind = self._kind(place, accessor)
        begin, end = self.cut(accessor["bufferView"])
        stride = self.take("bufferViews", accessor["bufferView"]).get("byteStride", kind.itemsize * width)
        offset = accessor.get("byteOffset", 0)
        if (
            type(offset) is not int
            or offset < 0
            or type(stride) is not int
            or not kind.itemsize * width <= stride <= 255
        ):
            raise self.refuse(place, "states no place in its buffer view")
        begin += offset
        if begin + stride * (count - 1) + kind.itemsize * width > end:
            raise self.refuse(place, f"states {count} items, and its buffer view ends before")
        steps = (stride, kind.itemsize)
        return np.ndarray((count, width), kind, self.body.data, begin, steps)

    def _lay_over(self, place: str, whole: Corners, sparse: Mapping[str, Any]) -> None:
        """Puts the values of a sparse accessor into `whole`."""
        count, indices, values = sparse.get("count"), sparse.get("indices"), sparse.get("values")
        if type(count) is not int or count < 1 or not isinstance(indices, dict) or not isinstance(values, dict):
            raise self.refuse(place, "states no sparse values")
        rows = self._view(f"{place} (sparse)", indices, count, 1)[:, 0]
        if rows.dtype.kind == "f" or rows.max() >= len(whole):
            raise self.refuse(place, "a sparse value is for no item")
        kind = {"componentType": next(code for code, name in _KINDS.items() if np.dtype(name) == whole.dtype)}
        whole[rows] = self._view(f"{place} (sparse)", {**values, **kind}, count, whole.shape[1])


def open_chunks(file: Path) -> Chunks:
    """The chunks of a .glb file. Raises BadFile where it is none, has another length than it states, or needs what is
    not read, such as a compression.
    """
    content = load_bytes(file)
    if len(content) < _HEAD.size + _CHUNK.size or content[:4] != b"glTF":
        raise BadFile(file, "byte 0", "is no glb mesh: it does not begin with glTF and its lengths", REMEDY)
    _, version, stated = _HEAD.unpack(content[: _HEAD.size])
    if version != 2:
        raise BadFile(file, "byte 4", f"is glTF {version}, and glTF 2 is read", "export it as glTF 2")
    if stated != len(content):
        raise BadFile(file, "byte 8", f"its head states {stated} bytes, and there are {len(content)}", REMEDY)
    parts, at = dict[bytes, tuple[int, int]](), _HEAD.size
    while at < len(content):
        size, kind = _CHUNK.unpack(content[at : at + _CHUNK.size].ljust(_CHUNK.size, b"\0"))
        at += _CHUNK.size
        if at + size > len(content):
            raise BadFile(
                file, f"byte {at - _CHUNK.size}", f"states a chunk of {size} bytes, and the file ends before", REMEDY
            )
        parts.setdefault(kind, (at, at + size))
        at += size
    begin, end = parts.get(b"JSON", (0, 0))
    try:
        tree = json.loads(content[begin:end])  # with NaN, where an exporter states the box of points that have it
    except (ValueError, RecursionError) as error:
        raise BadFile(file, "head", f"is no glb mesh: {str(error)[:80]}", REMEDY) from None
    if not isinstance(tree, dict):
        raise BadFile(file, "head", "is no glb mesh: it states no tree", REMEDY)
    chunks = Chunks(file, tree, content.content[slice(*parts.get(b"BIN\0", (0, 0)))])
    for name in chunks.list("extensionsRequired"):
        if not str(name).startswith(_HARMLESS):
            raise chunks.refuse("extensionsRequired", f"{str(name)[:60]} is not read", _EXPORT.format("it"))
    return chunks
