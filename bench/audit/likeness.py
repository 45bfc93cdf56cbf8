"""Says which copies among the scans of a run make a result unfair: one is tested, and the other was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench.audit.alarm import Alarm
from bench.audit.rows import list_seats, list_tested_clips
from bench.audit.seats import Seat, without_clips
from bench.audit.splits import judge_scans
from bench.record import Record
from smile.rendering.views import OF

if TYPE_CHECKING:  # imports compiled code, for which tables must not wait
    from bench.audit.copies import Copy
    from bench.audit.scans import Likeness


def judge_likeness(found: Likeness, record: Record) -> tuple[Alarm, ...]:
    """Returns an alarm where a scan is tested, and a copy of it under another person's name was seen.

    A person sits where the record has him; in a record of several data sets, names begin with the data set.
    """
    seats: dict[str, list[Seat]] = {}
    for seat in without_clips(list_seats(list_tested_clips(record), record.groups)):
        seats.setdefault(seat.subject, []).append(seat)
    pairs = []
    for copy in found.copies:
        one, other = (_place(found, number, record, seats) for number in (copy.first, copy.second))
        pairs += [(first, second, describe_copy(copy)) for first in one for second in other]
    return tuple(judge_scans(pairs))


def describe_copy(copy: Copy) -> str:
    """Returns what is known of two scans of one surface, e.g. "0.03 mm apart, mirrored"."""
    return f"{copy.gap:.2f} mm apart{', mirrored' if copy.mirrored else ''}"


def _place(found: Likeness, number: int, record: Record, seats: dict[str, list[Seat]]) -> list[Seat]:
    """Returns the seats of the person whom a scan shows, with the name of its clip."""
    shot = found.shots[number]
    own = f"{record.setting.data_set}{OF}"
    for subject, clip in ((shot.subject, shot.name), (shot.subject.removeprefix(own), shot.name.removeprefix(own))):
        if subject in seats:
            return [replace(seat, clip=clip) for seat in seats[subject]]
    return []
