"""The folder of each clip of a tree: one clip a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smile.data.face import Clip
from smile.errors import UserError


def name_folders(clips: Sequence[Clip], name: Callable[[Clip], str]) -> dict[str, Clip]:
    """Folder -> clip, in the order of the clips; `name` says the folder of one, or raises UserError.

    Raises UserError where two clips would share a folder.
    """
    folders: dict[str, Clip] = {}
    for clip in clips:
        folder = name(clip)
        if folder in folders:
            raise UserError(f"clips {folders[folder].id} and {clip.id} would both be {folder}; leave one of them out")
        folders[folder] = clip
    return folders
