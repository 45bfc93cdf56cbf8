"""Fits the encoders of one method apart from each other, so that cores or machines share them.

`evaluate` leaves a file for each encoder in the folder of an errand, and reads what it finds there. So what was fitted
elsewhere is put there, and the whole errand goes on from it: the same bytes as if it had fitted all of them itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.evaluation import evaluate
from bench.methods import METHODS
from bench.methods.supervised.few_scratch import FromScratch
from bench.protocols.plan import Plan
from bench.spread.errand import Errand, open_task
from smile.atomic import write_bytes


@dataclass(frozen=True)
class PartOfPlan(Plan):
    """Is a plan with one of its encoders; who is tested in all, and whose labels may be drawn, the whole plan says."""

    whole: Plan | None = None

    @property
    def served(self) -> tuple[int, ...]:
        """Numbers of the folds that any encoder of the whole plan serves, sorted."""
        return self.whole.served if self.whole else super().served


def list_parts(errand: Errand) -> tuple[int, ...]:
    """Returns the numbers of the encoders that are not fitted yet; none where fewer than two are left to share."""
    plan = errand.board.plan
    if plan is None or isinstance(METHODS[errand.name].fit, FromScratch):  # its nets are those of draws
        return ()
    left = tuple(number for number in range(len(plan.groups)) if not _place(errand.work, number).exists())
    return left if len(left) > 1 else ()


def fit_part(errand: Errand, number: int) -> bytes | None:
    """Returns the file of an encoder; None where it fails, as the whole errand will again, which says the reason."""
    task = open_task(errand)
    plan = task.plan
    part = PartOfPlan(plan.rounds, (plan.groups[number],), plan.reduced, plan.note, plan)
    with tempfile.TemporaryDirectory() as own:
        try:
            evaluate(replace(task, plan=part), work=Path(own), progress=lambda *_: None, say=lambda _: None)
        except Exception:  # also a fault of the method
            return None
        return _place(Path(own), 0).read_bytes()


def keep_parts(work: Path, found: Mapping[int, bytes]) -> None:
    """Puts the files of encoders where `evaluate` finds them."""
    for number, content in found.items():
        write_bytes(_place(work, number), content)


def read_parts(errand: Errand) -> dict[int, bytes]:
    """Returns number -> file of each encoder that is fitted."""
    plan = errand.board.plan
    places = {number: _place(errand.work, number) for number in range(len(plan.groups) if plan else 0)}
    return {number: place.read_bytes() for number, place in places.items() if place.exists()}


def _place(work: Path, number: int) -> Path:
    return work / f"encoder_{number}.json"
