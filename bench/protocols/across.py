"""Draws the plans of protocols that teach on one data set and test on another."""

from __future__ import annotations

from dataclasses import dataclass

from bench.protocols.bosphorus import first_of_each
from bench.protocols.bu3dfe import at_levels
from bench.protocols.draws import tell_reduced
from bench.protocols.plan import Group, Plan
from bench.protocols.protocol import FOLDS, Pool, Protocol
from smile.data.face import Facts
from smile.data.splits import Folds, subject_folds
from smile.errors import UserError
from smile.rendering.views import Views, of_data_set

VERSION = 1


@dataclass(frozen=True)
class Side:
    """Names one of the two data sets, and how many of its subjects a whole release has in the protocol."""

    key: str  # of a data set, or of what makes faces, however they act: "synthetic" also means "synthetic-theories"
    title: str
    subjects: int = 0  # 0 where any number is whole

    def holds(self, name: str) -> bool:
        """Returns whether a clip or subject of joined views, e.g. "bu4dfe:F001", is of this data set."""
        return of_data_set(name).partition("-")[0] == self.key


@dataclass(frozen=True)
class DrawAcross:
    """Draws the plan of a protocol by its name: the object is the protocol's `draw`."""

    name: str
    version: int
    taught: Side
    tested: Side
    note: str = ""

    def __call__(self, pool: Pool, _encoders: int) -> Plan:
        """Plans one encoder and one classifier, both trained on the first data set and tested on all of the second.

        Fold 0 holds the tested data set and is the only tested fold. The other folds hold the subjects that teach; the
        probe chooses its regularisation with them. Raises UserError with fewer than two who teach, or nobody to test.
        """
        tested = tuple(sorted(filter(self.tested.holds, pool.counted)))
        teachers = [name for name in pool.counted if self.taught.holds(name)]
        if not tested or len(teachers) < 2:
            raise UserError(
                f"{len(teachers)} subject(s) of {self.taught.title} have clips that count and {len(tested)} of "
                f"{self.tested.title}; it needs at least two and one"
            )
        folds = subject_folds(teachers, min(FOLDS, len(teachers)), self.tested.key, self.name, self.version)
        counts = [(len(teachers), self.taught), (len(tested), self.tested)]
        fewer = [(found, side) for found, side in counts if found < side.subjects]
        reduced = " and ".join(f"{tell_reduced(found, side.subjects)} of {side.title}" for found, side in fewer)
        pretraining = tuple(filter(self.taught.holds, pool.everyone))
        return Plan((Folds((tested, *folds.folds)),), (Group(pretraining, (0,)),), reduced, self.note)

    def sees(self, views: Views) -> tuple[bool, ...]:
        """Returns for each clip whether it belongs to the data set that teaches: encoders see no other."""
        return tuple(map(self.taught.holds, views.subjects))


#: What nobody has made sure of where two data sets of recordings are joined.
STRANGERS = "nobody is known to be in both data sets, and nobody has made sure of it"


def strongest_scans(views: Views) -> tuple[tuple[str, ...], ...]:
    """Returns the six expressions: of BU-3DFE at levels 3 and 4, of Bosphorus each first one of those who show all."""
    strong, first = at_levels("3", "4")(views), first_of_each(views)
    return tuple(
        one if BU3DFE.holds(name) else other for one, other, name in zip(strong, first, views.subjects, strict=True)
    )


def shared_labels(views: Views) -> tuple[tuple[str, ...], ...]:
    """Returns the label of each clip that has one, where clips of every joined data set show it."""
    shown: dict[str, set[str]] = {}
    for clip in views.clips:
        shown.setdefault(of_data_set(clip.subject), set()).update(clip.labels if len(clip.labels) == 1 else ())
    both = set.intersection(*shown.values()) if shown else set()

    def counts(clip: Facts) -> bool:
        return len(clip.labels) == 1 and clip.labels[0] in both

    return tuple(clip.labels if counts(clip) else () for clip in views.clips)


BU3DFE, BOSPHORUS = Side("bu3dfe", "BU-3DFE", 100), Side("bosphorus", "Bosphorus", 65)
_STILLS = DrawAcross("bu3dfe_bosphorus", VERSION, BU3DFE, BOSPHORUS, STRANGERS)
STILLS = Protocol(
    "bu3dfe_bosphorus",
    VERSION,
    "pretrained and taught on BU-3DFE, tested on six expressions of Bosphorus",
    ("bu3dfe", "bosphorus"),
    strongest_scans,
    _STILLS,
    390,
    _STILLS.sees,
)


def _make_across(taught: Side, tested: Side) -> Protocol:
    name = f"{taught.key}_{tested.key}"
    draw = DrawAcross(name, VERSION, taught, tested)
    title = f"pretrained and taught on {taught.title}, tested on {tested.title}"
    return Protocol(name, VERSION, title, (taught.key, tested.key), shared_labels, draw, 0, draw.sees)


_MADE = (Side("synthetic", "synthetic faces"), Side("ict", "faces of ICT-FaceKit"))
TO_ICT, TO_SYNTHETIC = _make_across(*_MADE), _make_across(*_MADE[::-1])
