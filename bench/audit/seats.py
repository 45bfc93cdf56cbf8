"""Says who sits where in a split, and which two seats must not hold the same person, clip or scan."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

#: What a row is used for. CROSS: tested in its fold, and taught to the classifiers of all other folds.
CROSS, TEST, TRAIN, SELECT, PRETRAIN = "", "test", "train", "select", "pretrain"
#: The fold of a subject who is tested in another fold in every round.
MANY = "several folds"
#: Meetings of one name after which no more are looked for.
MOST = 10_000
#: Role -> what a seat is used for, in words.
_PURPOSES = {TEST: "test", TRAIN: "training", SELECT: "choice of settings", PRETRAIN: "pretraining"}


@dataclass(frozen=True)
class Seat:
    """Holds one use of one clip, or of one subject where `clip` is empty."""

    subject: str
    clip: str
    fold: str  # "" where the row serves every fold
    role: str = CROSS
    line: int = 0  # of the file; 0 where there is none

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        fold = self.fold if self.fold in ("", MANY) else f"fold {self.fold}"
        used = " for ".join(filter(None, (_PURPOSES.get(self.role, ""), fold)))
        return ", ".join(filter(None, (line, used)))


def meet(tested: Seat, seen: Seat) -> str:
    """Returns in which role `seen` was seen by what is tested on `tested`: "train", "select", "pretrain"; "" if not.

    Example: in a cross-validation, a clip of fold 1 is tested by a classifier that a clip of fold 2 taught: "train".
    """
    if tested.role not in (CROSS, TEST) or seen.role == TEST:
        return ""
    if seen.role == CROSS:
        apart = seen.fold != tested.fold or seen.fold == MANY
        return TRAIN if tested.role == CROSS and apart and seen != tested else ""
    return seen.role if seen.fold == tested.fold or "" in (seen.fold, tested.fold) else ""


def find_meetings(
    seats: Iterable[Seat], key: Callable[[Seat], Hashable], alike: bool = False
) -> Iterator[tuple[str, Seat, Seat]]:
    """Yields (role, tested seat, seen seat) of seats with one key that must not meet, one pair a spelling and role.

    Of one name at most MOST: where all clips of thousands of people have one name, everybody meets everybody.
    `key` returns None for a seat that takes no part. With `alike`, the same spelling does not count as a meeting.
    """
    groups: dict[Hashable, dict[tuple[str, str, str], Seat]] = {}
    for seat in seats:
        if (name := key(seat)) is not None:
            groups.setdefault(name, {}).setdefault((seat.subject, seat.fold, seat.role), seat)
    for group in groups.values():
        if len({(fold, role) for _, fold, role in group}) > 1:  # of one fold and role, nobody meets anybody
            yield from itertools.islice(_pair(list(group.values()), alike), MOST)


def _pair(group: Sequence[Seat], alike: bool) -> Iterator[tuple[str, Seat, Seat]]:
    told: set[tuple[str, frozenset[str]]] = set()
    tables: dict[tuple[str, str], dict[str, Seat]] = {}
    for seat in group:
        tables.setdefault((seat.subject, seat.role), {}).setdefault(seat.fold, seat)
    for tested in group:
        for (subject, _), seats in tables.items():
            names = frozenset((tested.subject, subject))
            if alike and len(names) == 1:
                continue
            seen = _find_seen(tested, seats)
            role = meet(tested, seen) if seen else ""
            if seen and role and (role, names) not in told:
                told.add((role, names))
                yield role, tested, seen


def _find_seen(tested: Seat, seats: Mapping[str, Seat]) -> Seat | None:
    """Returns the first of the seats of one spelling and role, by fold, that was seen by what is tested on `tested`.

    Asks few of them: a table in which each line is a fold of its own has as many folds as lines.
    """
    first, *others = itertools.islice(seats.values(), 3)
    named = (seats[fold] for fold in (tested.fold, "") if fold in seats)
    return next((seat for seat in (first, *others, *named) if meet(tested, seat)), None)


def without_clips(seats: Iterable[Seat]) -> list[Seat]:
    """Returns one seat for each subject, fold and role."""
    found = {(seat.subject, seat.fold, seat.role): seat for seat in seats}
    return [Seat(*key[:1], "", *key[1:]) for key in found]
