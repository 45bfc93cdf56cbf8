"""TABLE FORMATS: writes clips as the files of a data set, so that generated faces are read like recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from smile.data.face import Clip
from smile.stand_ins.cast import Program
from smile.stand_ins.export.bosphorus import BOSPHORUS_PROGRAM, export_bosphorus
from smile.stand_ins.export.bp4d import BP4D_PLUS_PROGRAM, BP4D_PROGRAM, export_bp4d, export_bp4d_plus
from smile.stand_ins.export.bu3dfe import BU3DFE_PROGRAM, export_bu3dfe
from smile.stand_ins.export.bu4dfe import export_bu4dfe
from smile.stand_ins.export.fourdme import FOURDME_PROGRAM, export_fourdme
from smile.stand_ins.performance import SIX


@dataclass(frozen=True)
class Format:
    """Joins a function that writes clips (clips, folder, what generated them, progress), and what is acted for it."""

    write: Callable[[Iterable[Clip], Path, str, Callable[[int, int], None]], None]
    program: Program = field(default_factory=partial(Program, SIX))


#: Name on the command line -> the format.
FORMATS: dict[str, Format] = {
    "bosphorus": Format(export_bosphorus, BOSPHORUS_PROGRAM),
    "bu3dfe": Format(export_bu3dfe, BU3DFE_PROGRAM),
    "bu4dfe": Format(export_bu4dfe),
    "bp4d": Format(export_bp4d, BP4D_PROGRAM),
    "bp4dplus": Format(export_bp4d_plus, BP4D_PLUS_PROGRAM),
    "fourdme": Format(export_fourdme, FOURDME_PROGRAM),
}
