"""Judges who sits where: people, clips and scans that are tested and were seen, in words for people."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from bench.audit.alarm import AMBER, RED, Alarm
from bench.audit.names import reduce_name, split_frame
from bench.audit.seats import MOST, PRETRAIN, SELECT, TRAIN, Seat, find_meetings, meet
from smile.data.names import fold

#: Examples that a reason names.
_NAMED = 2
#: Role of what was seen -> the check that it breaks, where it is no matter of people, clips or scans alone; in words.
_BROKEN = {PRETRAIN: "pretraining", SELECT: "choice"}
_WORDS = {TRAIN: "taught", SELECT: "used to choose settings", PRETRAIN: "pretrained on"}
#: A stem of names that several people share is a way to name files, not a recording, unless this few stems are shared.
_FEW, _ENOUGH = 0.1, 10

#: (role, tested seat, seen seat)
Meeting = tuple[str, Seat, Seat]


def judge_people(seats: Sequence[Seat]) -> list[Alarm]:
    """Returns alarms about people who are tested and were seen, also where two spellings of a name make two people."""
    meetings = list(find_meetings(seats, lambda seat: reduce_name(seat.subject)))
    same = [one for one in meetings if one[1].subject == one[2].subject]
    alike = [one for one in meetings if one[1].subject != one[2].subject]
    spelt = " under another spelling (case, blanks, separators, leading zeros)"
    return [
        *_tell("subjects", same, "subject", _name_person),
        *_tell("subjects", alike, "subject", _name_people, spelt),
    ]


def judge_clips(seats: Sequence[Seat], files: Mapping[int, str]) -> list[Alarm]:
    """Returns alarms about clips, files and frames of one clip that are tested and were seen.

    `files` gives the file of a line, where it is known.
    """
    listed = [seat for seat in seats if seat.clip]
    again = find_meetings(listed, lambda seat: fold(seat.clip))
    taken = find_meetings(listed, lambda seat: files.get(seat.line))
    frames = [one for one in find_meetings(listed, _name_recording) if fold(one[1].clip) != fold(one[2].clip)]
    shared = list(_find_strange(listed))
    return [
        *_tell("clips", list(again), "clip", _name_clips),
        *_tell("clips", list(taken), "file", _name_clips),
        *_tell("clips", frames, "recording", _name_clips, " by other frames"),
        *_tell("clips", shared, "recording", _name_clips, " under another person's name", AMBER),
    ]


def judge_scans(pairs: Sequence[tuple[Seat, Seat, str]]) -> list[Alarm]:
    """Returns alarms about scans of one surface; `pairs` are two seats and what is known of the two scans, in words."""
    found: list[Meeting] = []
    words: dict[tuple[Seat, Seat], str] = {}
    for one, other, known in pairs:
        turned = not meet(one, other)
        tested, seen = (other, one) if turned else (one, other)
        if role := meet(tested, seen):
            found.append((role, tested, seen))
            words[tested, seen] = known

    def name(meeting: Meeting) -> str:
        return f"{_name_clips(meeting)}, {words[meeting[1:]]}"

    return list(_tell("scans", found, "scan", name, " under another person's name"))


def _tell(
    check: str,
    meetings: Sequence[Meeting],
    noun: str,
    name: Callable[[Meeting], str],
    more: str = "",
    colour: str = RED,
) -> Iterator[Alarm]:
    """Yields one alarm for each role in which something was seen."""
    for role, words in _WORDS.items():
        own = [one for one in meetings if one[0] == role]
        if own:
            examples = [*map(name, own[:_NAMED]), *[f"and {len(own) - _NAMED} more"] * (len(own) > _NAMED)]
            least = "at least " * (len(own) >= MOST)
            what = f"{least}{len(own)} {noun}{'s' * (len(own) > 1)} tested and {words}{more}"
            yield Alarm(_BROKEN.get(role, check), colour, f"{what}: {'; '.join(examples)}")


def _name_person(meeting: Meeting) -> str:
    _, tested, seen = meeting
    return f"{tested.subject!r} ({_join(tested, seen)})"


def _name_people(meeting: Meeting) -> str:
    _, tested, seen = meeting
    return f"{tested.subject!r} and {seen.subject!r} ({_join(tested, seen)})"


def _name_clips(meeting: Meeting) -> str:
    _, tested, seen = meeting
    return f"{tested.clip or tested.subject} and {seen.clip or seen.subject} ({_join(tested, seen)})"


def _join(tested: Seat, seen: Seat) -> str:
    return " and ".join(filter(None, (str(tested), str(seen))))


def _name_recording(seat: Seat) -> Hashable:
    """A recording of one person; frames of it have numbers."""
    found = split_frame(seat.clip)
    return found and (reduce_name(seat.subject), found[0])


def _find_strange(seats: Sequence[Seat]) -> Iterator[Meeting]:
    """Yields recordings that two people seem to share, where nearly all recordings have one person."""
    people: dict[str, set[str]] = {}
    for seat in seats:
        if found := split_frame(seat.clip):
            people.setdefault(found[0], set()).add(reduce_name(seat.subject))
    shared = {stem for stem, names in people.items() if len(names) > 1}
    if len(people) >= _ENOUGH and len(shared) <= _FEW * len(people):
        own = [seat for seat in seats if (found := split_frame(seat.clip)) and found[0] in shared]
        yield from find_meetings(own, lambda seat: (split_frame(seat.clip) or ("",))[0], alike=True)
