"""TABLE MAKERS: what can generate faces, by its name on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smile.data.face import DataSet
from smile.errors import UserError
from smile.stand_ins.cast import Cast
from smile.stand_ins.ict import act_ict
from smile.stand_ins.synthetic import act_synthetic

#: Environment variable with the place of ICT-FaceKit, so that commands need not name it.
ICT_VARIABLE = "ICT_FACEKIT"


@dataclass(frozen=True)
class Maker:
    """Says how faces are generated, from a place on disk if the maker needs one."""

    make: Callable[[Path | None, Cast], DataSet]
    expects: str  # what the user has to name; empty if nothing is needed


def _make_synthetic(_place: Path | None, cast: Cast) -> DataSet:
    return act_synthetic(cast)


def _make_ict(place: Path | None, cast: Cast) -> DataSet:
    found = place or os.environ.get(ICT_VARIABLE)
    if not found:
        raise UserError(
            "--data ict: say where ICT-FaceKit lies, as in --data ict=DIR, or in the variable "
            f"{ICT_VARIABLE}; it is free: git clone https://github.com/ICT-VGL/ICT-FaceKit"
        )
    return act_ict(found, cast)


MAKERS: dict[str, Maker] = {
    "synthetic": Maker(_make_synthetic, ""),
    "ict": Maker(_make_ict, f"a clone of github.com/ICT-VGL/ICT-FaceKit, an .npz of its arrays, or {ICT_VARIABLE}"),
}
