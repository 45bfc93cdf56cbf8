"""TABLE PERFORMANCES: who decides which action units move in a made clip, by the name on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smile.errors import UserError, unknown
from smile.stand_ins.performance import Performer
from smile.stand_ins.performances.textbook import Textbook

#: Environment variable with the path of the table of codes, so that commands need not name it.
CODES_VARIABLE = "WSEFEP_CODES"


@dataclass(frozen=True)
class PerformanceSource:
    """Makes a performer, from a table on disk if it needs one."""

    open: Callable[[Path | None], Performer]
    about: str


def _open_posed(path: Path | None) -> Performer:
    from smile.stand_ins.performances.facs_codes import read_displayers
    from smile.stand_ins.performances.posed import Posed

    found = path or os.environ.get(CODES_VARIABLE)
    if not found:
        raise UserError(
            f"posed performances: say where WSEFEP_Data.csv lies, with --performances-file or in the variable "
            f"{CODES_VARIABLE}; it is free: git clone https://github.com/michaelschulte/FacialExpressionAnalyis"
        )
    place = Path(found).expanduser().resolve()
    read_displayers(place)  # a faulty table ends here, and not at the first clip
    return Posed(place)


def _open_theories(_path: Path | None) -> Performer:
    from smile.stand_ins.performances.theories import Theories

    return Theories()


def _open_micro(_path: Path | None) -> Performer:
    from smile.stand_ins.performances.micro import Micro

    return Micro()


#: Name -> where its performances come from.
PERFORMANCES: dict[str, PerformanceSource] = {
    "textbook": PerformanceSource(lambda _: Textbook(), "recipes of FACS, the same for everybody"),
    "posed": PerformanceSource(_open_posed, "what 18 people showed, as annotators coded it (a table on disk)"),
    "theories": PerformanceSource(_open_theories, "each subject holds to a theory of emotion"),
    "micro": PerformanceSource(_open_micro, "micro-expressions as coded in 860 of them"),
}


def open_performer(name: str, path: Path | None = None) -> Performer:
    """Returns the performer of this name; `path` is the table that it reads.

    Raises UserError on a misspelt name, and on a path where nothing is read; BadFile where the table is faulty.
    """
    if name not in PERFORMANCES:
        raise unknown("performance", name, PERFORMANCES)
    if path and name != "posed":
        raise UserError(f"--performances-file {path}: {name} performances read nothing; leave it out")
    return PERFORMANCES[name].open(path)
