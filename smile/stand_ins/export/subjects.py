"""Names subjects like the BU releases: F001, M001, ..."""

from __future__ import annotations

from collections.abc import Sequence

from smile.data.face import Clip
from smile.errors import UserError


def name_subjects(clips: Sequence[Clip], title: str, digits: int) -> dict[str, str]:
    """Returns subject -> name: F or M and this many digits. Names of this form are kept; others get free numbers.

    Raises UserError where a subject's sex is unknown, and where `title` has no more names.
    """
    sexes = {clip.subject: clip.attributes.get("sex", "")[:1].upper() for clip in clips}
    names = {subject: subject for subject in sexes if _is_release_name(subject, digits)}
    for subject, sex in sorted(sexes.items()):
        if subject in names:
            continue
        if sex not in ("F", "M"):
            raise UserError(f"subject {subject}: its sex is unknown, and names in {title} begin with F or M")
        free = (f"{sex}{number:0{digits}d}" for number in range(1, 10**digits))
        taken = set(names.values())
        names[subject] = next((name for name in free if name not in taken), "")
        if not names[subject]:
            raise UserError(f"subject {subject}: {title} names {10**digits - 1} subjects of a sex; export fewer")
    return names


def _is_release_name(subject: str, digits: int) -> bool:
    return len(subject) == digits + 1 and subject[0] in "FM" and subject[1:].isdecimal() and subject.isascii()
