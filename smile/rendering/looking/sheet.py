"""Draws contact sheets: images of a data set or of one scan, for people to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from smile.arrays import UInt8
from smile.data.face import name_labels
from smile.errors import UserError
from smile.rendering.views import Views

#: Channels of a sheet of clips: the face at the apex, and what moved.
SHEET_CHANNELS = ("normals", "movement_normals", "movement_depth")
#: Channels of a sheet of one scan; "colour" is added if the scan has colours.
SCAN_CHANNELS = ("normals", "depth", "shape_index", "curvedness")


_GAP = 4  # pixels between images
_LINE = 18  # pixels of a line of text
_INK, _PAPER = (30, 30, 30), (255, 255, 255)


@dataclass(frozen=True)
class SheetRow:
    """Holds images in a row, and the label to their left."""

    label: str
    pictures: Sequence[UInt8]


def contact_sheet(views: Views, subject: str | None = None) -> Image.Image:
    """Draws a sheet of one subject (default: the first): one row per expression; per channel, one image per view.

    Raises UserError on an unknown subject.
    """
    rows = choose_expressions(views.subjects, [name_labels(own) for own in views.labels], subject)
    channels = split_planes(views.planes)
    pictures = [[colour_planes(view[where]) for _, where in channels for view in views.images[row]] for row in rows]
    named = [SheetRow(name_labels(views.labels[row]), found) for row, found in zip(rows, pictures, strict=True)]
    heads = [(name.replace("_", " "), views.view_names) for name, _ in channels]
    return lay_out(name_sheet(views.title, views.subjects[rows[0]], views.stand_in), heads, named)


def scan_sheet(views: Views) -> Image.Image:
    """Draws a sheet of the first clip: one row per channel, one image per view."""
    named = [
        SheetRow(name.replace("_", " "), [colour_planes(view[where]) for view in views.images[0]])
        for name, where in split_planes(views.planes)
    ]
    return lay_out(name_sheet(views.title, "", views.stand_in), [("", views.view_names)], named)


def name_sheet(title: str, subject: str, stand_in: str) -> str:
    """Returns a title: the data set, the subject, and the mark of a stand-in if the faces are generated."""
    return ", ".join(filter(None, (title, subject, f"stand-in: {stand_in}" if stand_in else "")))


def choose_expressions(subjects: Sequence[str], expressions: Sequence[str], subject: str | None) -> list[int]:
    """Returns the first clip of each expression of the subject (None: the first subject), sorted by expression."""
    wanted = subject or subjects[0]
    if wanted not in subjects:
        raise UserError(f"subject {wanted!r} is not among: {', '.join(sorted(set(subjects)))}")
    first: dict[str, int] = {}
    for row, (name, expression) in enumerate(zip(subjects, expressions, strict=True)):
        if name == wanted:
            first.setdefault(expression, row)
    return [first[expression] for expression in sorted(first)]


def split_planes(planes: Sequence[str]) -> list[tuple[str, slice]]:
    """Returns the name of each image, and which planes it consists of."""
    found, start = [], 0
    for name, group in groupby(planes):
        end = start + len(list(group))
        found.append((name, slice(start, end)))
        start = end
    return found


def lay_out(title: str, heads: Sequence[tuple[str, Sequence[str]]], rows: Sequence[SheetRow]) -> Image.Image:
    """Lays out a sheet: a title, names of column groups and of columns, and rows of images of equal size."""
    tile = len(rows[0].pictures[0])
    font = ImageFont.load_default(13)
    margin = 12 + max(int(font.getlength(line)) for row in rows for line in row.label.splitlines() or [""])
    lefts = _columns([len(names) for _, names in heads], margin, tile)
    top = _LINE * (2 + any(head for head, _ in heads)) + _GAP
    height = max(tile, _LINE * max(len(row.label.splitlines()) for row in rows))  # labels may be taller than images
    size = (max(lefts[-1] + tile + _GAP, margin + int(font.getlength(title))), top + len(rows) * (height + _GAP))
    sheet = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((6, 2), title, fill=_INK, font=font)
    column = 0
    for head, names in heads:
        pen.text((lefts[column] + 2, _LINE + 2), head, fill=_INK, font=font)
        for number, name in enumerate(names):
            pen.text((lefts[column + number] + 2, top - _LINE), name, fill=_INK, font=font)
        column += len(names)
    for number, row in enumerate(rows):
        down = top + number * (height + _GAP)
        pen.text((6, down + (height - _LINE * len(row.label.splitlines())) // 2 + 1), row.label, fill=_INK, font=font)
        for left, picture in zip(lefts, row.pictures, strict=True):
            sheet.paste(Image.fromarray(picture), (left, down + (height - tile) // 2))
    return sheet


def _columns(groups: Sequence[int], left: int, tile: int) -> list[int]:
    """Returns where each column starts; groups of columns have a small gap between them."""
    found = []
    for count in groups:
        found += [left + number * (tile + _GAP) for number in range(count)]
        left += count * (tile + _GAP) + _GAP
    return found


def colour_planes(planes: UInt8) -> UInt8:
    """Returns an image [H, W, 3] from one or three planes [P, H, W]."""
    return np.ascontiguousarray(np.broadcast_to(planes, (3, *planes.shape[1:])).transpose(1, 2, 0))
