"""Defines what the doctor says of one thing: well, weak or broken, in one line with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

#: States of a finding: nothing to do; works, but not well or not for everything; does not work.
WELL, WEAK, BROKEN = "well", "weak", "broken"


@dataclass(frozen=True)
class Finding:
    """Holds what was found about one thing, e.g. Finding("disk", WEAK, "3 GB free in /tmp", "make room")."""

    what: str
    state: str  # WELL, WEAK or BROKEN
    said: str
    remedy: str = ""  # empty where nothing is to do

    def to_line(self) -> str:
        """Returns the finding as a line of the terminal."""
        return f"{self.state:<7} {self.what:<12} {self.said}" + (f"; {self.remedy}" if self.remedy else "")


def rate(what: str, said: str, fault: str, remedy: str) -> Finding:
    """Returns a finding that is WELL where `fault` is empty, else in the state `fault`, with its remedy."""
    return Finding(what, fault or WELL, said, remedy if fault else "")


def attempt(check: Callable[[], Finding]) -> Finding:
    """Returns what a check finds, or that it cannot look: one folder that nobody may enter hides no other finding."""
    try:
        return check()
    except Exception as error:  # of a system that lacks what Linux has, or shows it to others alone
        what = check.__name__.removeprefix("check_")
        said = f"cannot be looked at: {' '.join(str(error).split()) or type(error).__name__}"
        return Finding(what, WEAK, said, "let this user read it, or look at it yourself")


def is_usable(findings: Iterable[Finding]) -> bool:
    """Returns whether nothing is broken."""
    return all(one.state != BROKEN for one in findings)
