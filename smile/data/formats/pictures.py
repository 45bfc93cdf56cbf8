"""Finds the texture image of a scan: the image that its file names, or else the image with the scan's name."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from smile.data.archives import exists, find_file
from smile.data.files import open_file
from smile.errors import BadFile

#: Suffixes of images that may lie beside a scan under its name.
PICTURES = (".jpg", ".jpeg", ".png", ".bmp")
#: Largest picture that is decoded, as a square of 8192; those of the releases have one or two million pixels.
MOST_PIXELS = 2**26

# Of what Pillow reads; among the others are formats that start programs.
_LARGE = Image.DecompressionBombWarning
warnings.filterwarnings("ignore", category=_LARGE)  # such a picture is refused
_FORMATS = ("JPEG", "MPO", "PNG", "BMP", "DIB", "TIFF", "WEBP", "GIF", "TGA", "PPM")


def find_picture(path: Path, name: str) -> Path | None:
    """The picture of the scan at `path`, whatever its case; of a `name` that leads elsewhere the last part counts.

    A scan that was saved with "C:\\scans\\skin.jpg" comes with its picture beside it.
    """
    name = name.strip().strip('"').replace("\\", "/")
    return next((found for picture in _candidates(path, name) if exists(found := find_file(picture))), None)


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """The picture in a file, whose pixels are decoded when they are asked for.

    Raises BadFile where it cannot be read, then or now, is of another format, or has more pixels than memory bears.
    """
    with open_file(path, "copy the file again") as file:
        try:
            (Image.preinit if path.suffix.lower() in PICTURES else Image.init)()  # which takes longer, and knows more
            with Image.open(file, formats=[one for one in _FORMATS if one in Image.OPEN]) as picture:
                wide, high = picture.size
                if wide * high > MOST_PIXELS:
                    reason = f"has {wide} x {high} pixels, and {MOST_PIXELS:,} are allowed"
                    raise BadFile(path, "", reason, "make the picture smaller")
                yield picture
        except (Image.DecompressionBombError, _LARGE):
            reason = f"has more pixels than the {MOST_PIXELS:,} that are allowed"
            raise BadFile(path, "", reason, "make the picture smaller") from None
        except UnidentifiedImageError:
            reason = "cannot be read as a picture: it is none, or of a format that is not read"
            raise BadFile(path, "", reason, "convert it to .png, or copy the file again") from None
        except (OSError, SyntaxError, ValueError) as error:
            raise BadFile(path, "", f"cannot be read as a picture ({error})", "copy the file again") from None


def find_inside(path: Path, name: str) -> Path | None:
    """Returns the path `name` beside or below the scan at `path`; None if it is empty or leads out of the folder."""
    inside = os.path.normpath(name)
    outside = not name or Path(inside).is_absolute() or inside.startswith("..") or "\0" in name
    return None if outside else path.parent / inside


def _candidates(path: Path, name: str) -> Iterator[Path]:
    inside = find_inside(path, name)
    beside = PurePosixPath(name).name.rpartition(":")[2]
    for named in (inside, path.parent / beside if beside else None):
        if named is not None and named.suffix.lower() in PICTURES:
            yield named
    yield from (path.with_suffix(suffix) for suffix in PICTURES)
