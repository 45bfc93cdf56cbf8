"""Holds faces of which the page shows small pictures, and makes these pictures; recordings only where the user asks."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from bench.examiner import CLEAN
from bench.record import Record
from smile.arrays import UInt8
from smile.rendering.views import Views

#: Which faces the page may show: generated ones alone, recordings as well, or none at all.
Shown = Literal["stand-ins", "all", "none"]
SHOWN = get_args(Shown)
DEFAULT_SHOWN: Shown = "stand-ins"

#: Most characters of all pictures in a page, so that the whole page stays below 15 MB.
MOST_CHARACTERS = 6_000_000
#: Pixels of a picture's height, and the quality of its JPEG, of 100.
HEIGHT, QUALITY = 56, 60

#: Help of the option --pictures.
PICTURES = "whose wrong clips index.html shows as pictures (default: %(default)s; all: keep the page to yourself)"

WITHHELD = (
    "Pictures of recordings are not embedded, because the licences of most data sets forbid to publish them. "
    "With --pictures all they are; keep such a page to yourself."
)
CHANGED = "The tested faces were changed here; the page has pictures of faces as they are."
ABSENT = "The page has no pictures of these faces: python -m bench.run show DIR --write --data NAME=DIR adds them."
UNWANTED = "The page was made without pictures: --pictures none."
FULL = "Some pictures were left out, so that the page stays small."


@dataclass(frozen=True)
class Gallery:
    """Holds rendered faces by the hash that records state of their data."""

    faces: Mapping[str, Views] = field(default_factory=dict)  # Setting.data_hash -> the views
    shown: Shown = DEFAULT_SHOWN

    @classmethod
    def of(cls, faces: Sequence[Views], shown: Shown = DEFAULT_SHOWN) -> Gallery:
        """Returns the gallery of these views, as they were drawn for a run."""
        allowed = [views for views in faces if shown == "all" or (shown == "stand-ins" and views.stand_in)]
        return cls({views.content_hash(): views for views in allowed}, shown)

    def explain(self, record: Record) -> str:
        """Returns why a record's wrong clips have no pictures; "" where they have."""
        if record.setting.data_hash in self.faces:
            return ""
        if self.shown == "none":
            return UNWANTED
        if not record.stand_in and self.shown != "all":
            return WITHHELD
        return ABSENT if record.setting.condition == CLEAN else CHANGED


def embed_pictures(gallery: Gallery, records: Sequence[Record]) -> tuple[dict[str, dict[str, str]], bool]:
    """Returns hash of the data -> clip -> its picture as a data URI, and whether some were left out.

    Only clips that a record tells wrong have one. The clips that are wrong most often come first, until the pictures
    have MOST_CHARACTERS; equal records and faces give equal text.
    """
    wrong: Counter[tuple[str, str]] = Counter()
    for record in records:
        if record.setting.data_hash in gallery.faces:
            for one in record.predictions:
                wrong[record.setting.data_hash, one.clip] += one.times * (one.predicted != one.truth)
    rows = {key: {clip: row for row, clip in enumerate(views.clip_ids)} for key, views in gallery.faces.items()}
    found: dict[str, dict[str, str]] = {}
    left = MOST_CHARACTERS
    for (key, clip), times in sorted(wrong.items(), key=lambda item: (-item[1], item[0])):
        if not times or clip not in rows[key]:
            continue
        picture = draw_picture(gallery.faces[key], rows[key][clip])
        left -= len(picture)
        if left < 0:
            return found, True
        found.setdefault(key, {})[clip] = picture
    return found, False


def draw_picture(views: Views, row: int) -> str:
    """Returns the first view of a clip, its channels side by side, as the data URI of a small JPEG."""
    from PIL import Image

    sheet = Image.fromarray(np.concatenate(list(_list_tiles(views, row)), axis=1))
    if sheet.height > HEIGHT:
        sheet = sheet.resize((round(sheet.width * HEIGHT / sheet.height), HEIGHT), Image.Resampling.BOX)
    held = io.BytesIO()
    sheet.save(held, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(held.getvalue()).decode()}"


def _list_tiles(views: Views, row: int) -> Iterator[UInt8]:
    """Yields an image [H, W, 3] for each channel of the first view."""
    from smile.rendering.looking.sheet import colour_planes, split_planes

    for _, where in split_planes(views.planes) or [("", slice(0, 1))]:
        yield colour_planes(views.images[row, 0][where])
