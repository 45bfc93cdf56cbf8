"""Compares the counts of a copy with those of its release; differences are printed and never stop a command."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from smile.data.face import DataSet
from smile.sets.readers import release_of


@dataclass(frozen=True)
class Tally:
    """Holds how many of something a copy has, and how many the release has; None where this is unknown."""

    name: str
    found: int
    wanted: int | None = None

    @property
    def differs(self) -> bool:
        """Whether the release is known to have another number."""
        return self.wanted is not None and self.found != self.wanted


def compare_with_release(data_set: DataSet) -> tuple[Tally, ...]:
    """Returns the counts of subjects, clips, and clips per label, each beside the release's number if it is known."""
    release = release_of(data_set.name)
    clips = sum(release is None or release.counts(clip) for clip in data_set.clips)
    found, wanted = count_clips_by_label(data_set), dict(release.expressions) if release else {}
    names = [*wanted, *sorted(set(found) - set(wanted))]
    return (
        Tally("subjects", len(data_set.subjects), release.subjects if release else None),
        Tally("clips", clips, release.clips if release else None),
        *(Tally(f"clips of {name}", found.get(name, 0), wanted.get(name)) for name in names),
    )


def count_clips_by_label(data_set: DataSet) -> dict[str, int]:
    """Returns label -> number of clips with this label; a clip with several labels counts for each of them."""
    return dict(sorted(Counter(name for clip in data_set.clips for name in clip.labels).items()))
