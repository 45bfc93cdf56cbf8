"""A contact sheet: what the pictures of a data set look like, for people to judge."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from smile.errors import UserError
from smile.rendering.views import Views

#: What a sheet is best made of: the face at the apex, and what moved, as rank pooling and as the difference in depth.
SHEET_CHANNELS = ("normals", "rank_normals", "difference_depth")

_GAP = 4  # pixels between pictures
_WIDTH = 110  # of the column with the expressions' names
_HEAD = 40  # of the two lines that name channels and views
_INK, _PAPER = (30, 30, 30), (255, 255, 255)


def contact_sheet(views: Views, subject: str | None = None, tile: int = 112) -> Image.Image:
    """One row an expression, for each channel one picture a view, of one subject (default: the first).

    `tile` is a picture's size in pixels. Raises UserError on a subject that is not there.
    """
    channels = [(name, len(list(planes))) for name, planes in groupby(views.planes)]
    rows = _choose(views, subject)
    cameras = views.images.shape[1]
    step = tile + _GAP
    size = (_WIDTH + len(channels) * (cameras * step + _GAP), _HEAD + len(rows) * step)
    sheet = Image.new("RGB", size, _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for down, row in enumerate(rows):
        top = _HEAD + down * step
        pen.text((6, top + tile // 2 - 8), views.expressions[row], fill=_INK, font=font)
        for across, (left, picture) in enumerate(_pictures(views.images[row], channels, step)):
            sheet.paste(Image.fromarray(picture).resize((tile, tile), Image.Resampling.NEAREST), (left, top))
            if down == 0:
                pen.text((left + 2, 22), views.view_names[across % cameras], fill=_INK, font=font)
    for number, (name, _) in enumerate(channels):
        pen.text((_WIDTH + number * (cameras * step + _GAP) + 2, 4), name.replace("_", " "), fill=_INK, font=font)
    return sheet


def _choose(views: Views, subject: str | None) -> list[int]:
    """The first clip of each expression of the subject, expressions sorted."""
    wanted = subject or views.subjects[0]
    if wanted not in views.subjects:
        raise UserError(f"subject {wanted!r} is not among: {', '.join(sorted(set(views.subjects)))}")
    first: dict[str, int] = {}
    for row, (name, expression) in enumerate(zip(views.subjects, views.expressions, strict=True)):
        if name == wanted:
            first.setdefault(expression, row)
    return [first[expression] for expression in sorted(first)]


def _pictures(
    images: NDArray[np.uint8], channels: Sequence[tuple[str, int]], step: int
) -> list[tuple[int, NDArray[np.uint8]]]:
    """Where each picture of a clip's [V, C, H, W] starts on the sheet, and its [H, W, 3]."""
    found, plane, left = [], 0, _WIDTH
    for _, planes in channels:
        for view in images[:, plane : plane + planes]:
            shown = np.broadcast_to(view, (3, *view.shape[1:]))
            found.append((left, np.ascontiguousarray(shown.transpose(1, 2, 0))))
            left += step
        plane, left = plane + planes, left + _GAP
    return found
