"""PLY meshes (.ply), as text or binary: what the head states is held against what is there."""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from smile.arrays import Float32, Int32, UInt8
from smile.data.face import Scan
from smile.data.formats.pictures import find_picture
from smile.data.formats.surface import (
    COLOURS_OF_FACES,
    Corners,
    add_texture,
    build,
    fan_out,
    find_broken_number,
    scale_colours,
    split_into_blocks,
)
from smile.data.formats.tokens.number_lists import read_to_end
from smile.data.formats.tokens.text import REMEDY, blank_marks, load_bytes
from smile.errors import BadFile

_LARGEST_HEAD = 1 << 16
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?ply[ \t]*[\r\n](.*?[\r\n])?[ \t]*end_header[ \t]*(?:\r\n|\n|\r)", re.DOTALL)
_TYPES = {"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"}
_TYPES |= {"float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2"}
_TYPES |= {"int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8"}
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "="}
_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
_COLOURS = ("red", "green", "blue")
_INDICES, _UV = ("vertex_indices", "vertex_index"), (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
_REMEDY = "copy the file anew, or save it again as .ply or .obj"


@dataclass(frozen=True)
class _Property:
    name: str
    kind: str  # of numpy, without its byte order
    counted: str = ""  # the kind of its length, where it is a list


@dataclass
class _Element:
    """What the head says of one kind of thing, and what was read of it."""

    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)  # name -> numbers
    lengths: dict[str, Int32] = field(default_factory=dict)  # name of a list -> how many of its numbers are of each
    whole_colours: bool = False


def read_ply(path: Path) -> Scan:
    """The face in a PLY file: polygons fanned into triangles, colours and texture coordinates where it has them.

    Raises BadFile where the head is none, states more or less than follows, or what follows is no face.
    """
    text = load_bytes(path)
    head = _HEAD.match(text.view[:_LARGEST_HEAD])
    if head is None:
        raise BadFile(path, "byte 0", "is no ply mesh: there is no head from ply to end_header", _REMEDY)
    order, elements, picture = _read_head(path, head[1] or b"")
    if order == "=":
        body = read_to_end(blank_marks(text), head.end()).view(np.uint8)
        for element in elements.values():
            element.properties = [_Property(one.name, "f4", one.counted and "f4") for one in element.properties]
    else:
        body = text.content[head.end() : len(text)]
    at = 0
    for element in elements.values():
        at = _read_element(path, element, body, at, order)
    if at != len(body):
        stated = " and ".join(f"{element.count} of {element.name}" for element in elements.values())
        raise BadFile(path, "end", f"its head states {stated}, and more than that follows", _REMEDY)
    return _make_scan(path, elements, picture)


def _read_head(path: Path, head: bytes) -> tuple[str, dict[str, _Element], str]:
    """Byte order ("=" for text), elements by name, and the name of the picture."""
    order, picture, elements = "", "", dict[str, _Element]()
    for number, line in enumerate(re.split(r"\r\n|\n|\r", head.decode("utf-8", "replace")), start=2):
        match line.split():
            case ["format", kind, _] if kind in _ORDERS:
                order = _ORDERS[kind]
            case ["comment", "TextureFile", *words]:
                picture = picture or " ".join(words)
            case [] | ["comment" | "obj_info", *_]:
                pass
            case words if not _declare(words, elements):
                raise BadFile(path, f"line {number}", f"{line[:60]!r} is no line of the head of a ply mesh", _REMEDY)
    for element in elements.values():
        element.whole_colours = all(one.kind == "u1" for one in element.properties if one.name in _COLOURS)
    if not order:
        raise BadFile(path, "head", "no line says the format", _REMEDY)
    return order, elements, picture


def _declare(words: Sequence[str], elements: dict[str, _Element]) -> bool:
    """Adds the element or the property that a line of the head declares; returns whether the line declares one."""
    match words:
        case ["element", name, count] if name not in elements and count.isdecimal() and len(count) < 16:
            elements[name] = _Element(name, int(count))
        case ["property", "list", counted, kind, name] if elements and {counted, kind} <= _TYPES.keys():
            elements[[*elements][-1]].properties.append(_Property(name, _TYPES[kind], _TYPES[counted]))
        case ["property", kind, name] if elements and kind in _TYPES:
            elements[[*elements][-1]].properties.append(_Property(name, _TYPES[kind]))
        case _:
            return False
    return True


def _read_element(path: Path, element: _Element, body: UInt8, at: int, order: str) -> int:
    """Reads the items of an element from byte `at` of the body on; returns the byte behind them."""
    if not element.properties or element.count == 0:
        return at
    lengths = _measure_first(path, element, body, at, order)
    item = _describe(element, order, lengths)
    end = at + item.itemsize * element.count
    if end > len(body) and not lengths:
        raise _refuse_cut(path, element, (len(body) - at) // item.itemsize)
    rows = body[at:end].view(item) if end <= len(body) else None
    if rows is None or not all(_are_all(rows[f"{name}#"], length) for name, length in lengths.items()):
        return _read_irregular(path, element, body, at, order)
    element.columns = {one.name: rows[one.name].reshape(-1) for one in element.properties}
    element.lengths = {name: np.full(element.count, length, np.int32) for name, length in lengths.items()}
    return end


def _are_all(numbers: Corners, length: int) -> bool:
    return all((some == length).all() for some in split_into_blocks(numbers))


def _describe(element: _Element, order: str, lengths: Mapping[str, int]) -> np.dtype[Any]:
    """The numpy record of an item, for an element in which all lists of a property have the same length."""
    fields: list[Any] = []
    for one in element.properties:
        if one.counted:
            fields += [(f"{one.name}#", order + one.counted), (one.name, order + one.kind, (lengths[one.name],))]
        else:
            fields.append((one.name, order + one.kind))
    return np.dtype(fields)


def _measure_first(path: Path, element: _Element, body: UInt8, at: int, order: str) -> dict[str, int]:
    """How long the lists of the first item are."""
    lengths: dict[str, int] = {}
    for one in element.properties:
        if one.counted:
            lengths[one.name], at = _read_length(path, element, 0, one, body, at, order)
        at += np.dtype(one.kind).itemsize * lengths.get(one.name, 1)
    return lengths


def _read_irregular(path: Path, element: _Element, body: UInt8, at: int, order: str) -> int:
    """Reads items whose lists have different lengths, one by one."""
    parts = {one.name: bytearray() for one in element.properties}
    lengths = {one.name: array("i") for one in element.properties if one.counted}
    for number in range(element.count):
        for one in element.properties:
            length = 1
            if one.counted:
                length, at = _read_length(path, element, number, one, body, at, order)
                lengths[one.name].append(length)
            end = at + np.dtype(one.kind).itemsize * length
            if end > len(body):
                raise _refuse_cut(path, element, number)
            parts[one.name] += body.data[at:end]
            at = end
    for one in element.properties:
        element.columns[one.name] = np.frombuffer(parts[one.name], order + one.kind)
    element.lengths = {name: np.frombuffer(found, np.int32) for name, found in lengths.items()}
    return at


def _read_length(
    path: Path, element: _Element, number: int, one: _Property, body: UInt8, at: int, order: str
) -> tuple[int, int]:
    """The length of a list at byte `at`, and the byte behind it."""
    kind = np.dtype(order + one.counted)
    if at + kind.itemsize > len(body):
        raise _refuse_cut(path, element, number)
    (length,) = struct.unpack_from(order + _CODES[one.counted], body.data, at)
    if not 0 <= length <= len(body) or length != int(length):
        place = f"{element.name} {number}"
        raise BadFile(path, place, f"{length:g} is no length of {one.name}", _REMEDY)
    return int(length), at + kind.itemsize


def _refuse_cut(path: Path, element: _Element, number: int) -> BadFile:
    reason = f"its head states {element.count} of {element.name}, and the file ends in number {number}"
    return BadFile(path, f"{element.name} {number}", reason, REMEDY)


def _make_scan(path: Path, elements: Mapping[str, _Element], picture: str) -> Scan:
    points, faces = (elements.get(name, _Element(name, 0)) for name in ("vertex", "face"))
    if not {"x", "y", "z"} <= points.columns.keys():
        raise BadFile(path, "head", "holds no vertices with x, y and z", _REMEDY)
    sizes, corners = _choose_corners(path, faces)
    scan = build(path, _stack(points, ("x", "y", "z")), sizes, corners, _colours(points), _REMEDY)
    if scan.colours is None and set(_COLOURS) <= faces.columns.keys():
        scan = replace(scan, left_out=COLOURS_OF_FACES)
    if points.count != len(scan.vertices):  # some were no points, and what belongs to them went with them
        return scan
    for names in _UV:
        if set(names) <= points.columns.keys():
            return add_texture(path, scan, _stack(points, names), scan.triangles, find_picture(path, picture))
    own = faces.lengths.get("texcoord")
    if own is not None and (own == 2 * sizes).all():
        uv = np.asarray(faces.columns["texcoord"], np.float32).reshape(-1, 2)
        triangles_uv = fan_out(sizes, np.arange(len(uv)))
        return add_texture(path, scan, uv, triangles_uv, find_picture(path, picture))
    return scan


def _choose_corners(path: Path, faces: _Element) -> tuple[Int32, Corners]:
    """How many corners each polygon has, and the numbers of all, as the file keeps them; both empty without any."""
    name = next((name for name in _INDICES if name in faces.lengths), "")
    corners = np.asarray(faces.columns.get(name, np.zeros(0)))
    if (broken := find_broken_number(corners)) is not None:
        raise BadFile(path, f"corner {broken}", f"{corners[broken]:g} is no whole number", _REMEDY)
    return faces.lengths.get(name, np.zeros(0, np.int32)), corners


def _stack(element: _Element, names: Sequence[str]) -> Float32:
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which is refused
        return np.stack([np.asarray(element.columns[name], np.float32) for name in names], axis=1)


def _colours(points: _Element) -> Float32 | None:
    """The colours of vertices from 0 to 1; of whole numbers, 255 is the brightest."""
    if not set(_COLOURS) <= points.columns.keys():
        return None
    colours = _stack(points, _COLOURS)
    return colours / np.float32(255) if points.whole_colours else scale_colours(colours)
