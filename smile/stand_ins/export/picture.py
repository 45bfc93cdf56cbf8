"""Writes the images beside exported scans: the texture, or plain skin for a scan without texture."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PIL import Image

from smile.errors import BadFile

_SKIN = (205, 160, 135)  # RGB of the image of a scan without texture
_SIZE = (104, 133)  # pixels; a tenth of BU-4DFE's 1040 x 1329


def write_picture(texture: Path | None, picture: Path, plain: Path | None = None) -> Path | None:
    """Writes `texture` in the format of the suffix of `picture`, or plain skin if there is no texture.

    `plain` is an earlier image of plain skin; it is linked instead of written again. Returns `plain`, or the new
    image of plain skin. Raises BadFile on a texture that is no image.
    """
    if texture is None:
        return _write_plain(picture, plain)
    try:
        if _kind(texture) == _kind(picture):
            shutil.copyfile(texture, picture)
        else:
            with Image.open(texture) as image:
                image.convert("RGB").save(picture, quality=95)
    except (OSError, ValueError) as error:
        raise BadFile(texture, "", f"cannot be used as a picture: {error}", "leave the texture out") from None
    return plain


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    return ".jpg" if suffix == ".jpeg" else suffix


def _write_plain(picture: Path, first: Path | None) -> Path:
    if first is None:
        Image.new("RGB", _SIZE, _SKIN).save(picture, quality=90)
        return picture
    try:
        os.link(first, picture)
    except OSError:  # the file system has no links
        shutil.copyfile(first, picture)
    return first
