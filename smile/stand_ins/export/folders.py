"""Names the folder of each exported clip: one clip per folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from smile.data.face import Clip, name_labels
from smile.errors import UserError
from smile.stand_ins.export.subjects import name_subjects

_DIGITS = 3  # of a subject's name


def name_folders(clips: Sequence[Clip], name: Callable[[Clip], str]) -> dict[str, Clip]:
    """Returns folder -> clip, in the order of the clips; `name` returns the folder of a clip, or raises UserError.

    Raises UserError where two clips would share a folder.
    """
    folders: dict[str, Clip] = {}
    for clip in clips:
        folder = name(clip)
        if folder in folders:
            raise UserError(f"clips {folders[folder].id} and {clip.id} would both be {folder}; leave one of them out")
        folders[folder] = clip
    return folders


def name_by_expression(
    clips: Sequence[Clip], title: str, folder_of: Mapping[str, str], release: Mapping[str, int]
) -> dict[str, Clip]:
    """Returns folder -> clip, e.g. "F001/Happy"; `folder_of` gives the second part of the folder for each expression,
    `release` the number of subjects of each sex.

    Raises UserError where an expression has no folder, and the errors of `name_subjects` and `name_folders`.
    """
    subjects = name_subjects(clips, title, _DIGITS, release)

    def name(clip: Clip) -> str:
        shown = name_labels(clip.labels)
        if shown not in folder_of:
            raise UserError(f"clip {clip.id}: {title} has no folder for {shown!r}; leave such clips out")
        return f"{subjects[clip.subject]}/{folder_of[shown]}"

    return name_folders(clips, name)
