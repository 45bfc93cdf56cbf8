"""Names subjects like the BU releases: F001, M001, ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smile.data.face import Clip
from smile.errors import UserError


def name_subjects(clips: Sequence[Clip], title: str, digits: int, release: Mapping[str, int]) -> dict[str, str]:
    """Returns subject -> name: F or M and this many digits. Names of the release are kept; others get free ones.

    `release` is sex -> number of subjects, e.g. {"F": 56, "M": 44}. Where more of a sex act than the release has, they
    take names of the other sex that are free, because protocols are frozen by the names of the release: the sex of a
    made face is no more than this letter. Beyond the release, numbers go on.
    Raises UserError where a subject's sex is unknown, and where `title` has no more names.
    """
    sexes = {clip.subject: clip.attributes.get("sex", "")[:1].upper() for clip in clips}
    known = {sex: _number(sex, 1, count, digits) for sex, count in release.items()}
    names = {subject: subject for subject in sexes if any(subject in held for held in known.values())}
    for subject, sex in sorted(sexes.items()):
        if subject in names:
            continue
        if sex not in release:
            raise UserError(f"subject {subject}: its sex is unknown, and names in {title} begin with F or M")
        # What nobody of the other sex will ask for; from the end, so that an export that grows renames nobody.
        spare = [name for other in known if other != sex for name in known[other][_count(sexes, other) :][::-1]]
        beyond = _number(sex, release[sex] + 1, 10**digits - 1, digits)
        taken = set(names.values())
        names[subject] = next((name for name in (*known[sex], *spare, *beyond) if name not in taken), "")
        if not names[subject]:
            raise UserError(f"subject {subject}: {title} names {10**digits - 1} subjects of a sex; export fewer")
    return names


def _number(sex: str, first: int, last: int, digits: int) -> list[str]:
    return [f"{sex}{number:0{digits}d}" for number in range(first, last + 1)]


def _count(sexes: Mapping[str, str], sex: str) -> int:
    return sum(own == sex for own in sexes.values())
