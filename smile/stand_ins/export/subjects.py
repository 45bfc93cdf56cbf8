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
        wanted = [*known[sex], *_spare(known, sexes, sex), *_number(sex, release[sex] + 1, 10**digits - 1, digits)]
        names[subject] = _find_free(wanted, set(names.values()))
        if not names[subject]:
            raise UserError(f"subject {subject}: {title} names {10**digits - 1} subjects of a sex; export fewer")
    return names


def _find_free(wanted: Sequence[str], taken: set[str]) -> str:
    """Returns the first name that is not taken; "" where all are."""
    return next((name for name in wanted if name not in taken), "")


def _spare(known: Mapping[str, list[str]], sexes: Mapping[str, str], sex: str) -> list[str]:
    """Returns names that nobody of the other sex asks for: the last ones first, so that an export can grow."""
    found: list[str] = []
    for other in known.keys() - {sex}:
        asked = sum(own == other for own in sexes.values())
        found += known[other][asked:][::-1]
    return found


def _number(sex: str, first: int, last: int, digits: int) -> list[str]:
    return [f"{sex}{number:0{digits}d}" for number in range(first, last + 1)]
