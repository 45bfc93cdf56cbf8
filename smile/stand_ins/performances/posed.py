"""Acts as people pose: each subject shows the configurations that annotators coded of one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from smile.digests import digest_file
from smile.stand_ins.performance import Act, Difficulty, Performance, generator
from smile.stand_ins.performances import facs_codes
from smile.stand_ins.performances.acting import act_out, digest_acting
from smile.stand_ins.performances.facs_codes import Displayer, read_displayers
from smile.stand_ins.performances.script import Script, single_unit, thin
from smile.stand_ins.performances.timing import MACRO_TIMING


@dataclass(frozen=True)
class Posed:
    """Identifies the table of codes at `path`."""

    path: Path
    name: str = "posed"

    def choose(self, seed: int, subject: str, program: Sequence[tuple[str, ...]] | None) -> tuple[Act, ...]:
        """Returns the acts as `thin` draws them, without what the subject's person did not pose."""
        faces = self._person(seed, subject).faces
        acts = thin(seed, subject, _all_poses(self.path), program, self.name)
        return tuple(act for act in acts if act.labels[0] in faces or single_unit(act.labels[0]))

    def perform(self, seed: int, subject: str, act: Act, frames: int, difficulty: Difficulty) -> Performance:
        """Returns the person's own configuration, in the style of the subject; it rises from the person's own rest."""
        person, label = self._person(seed, subject), act.labels[0]
        unit = single_unit(label)
        faces = person.faces.get(label, ()) if unit is None else (unit,)
        face = faces[int(generator(seed, "picture", subject, act.name).integers(len(faces)))]
        script = Script(face, MACRO_TIMING, person.rest, person.name)
        return act_out(seed, subject, act, frames, difficulty, script, self.name)

    def content_key(self) -> str:
        """Returns a key for the content of the table, wherever it lies, and for the program."""
        return _digest(self.path) + digest_acting(__file__, str(facs_codes.__file__))

    def _person(self, seed: int, subject: str) -> Displayer:
        people = _read(self.path)
        return people[int(generator(seed, "displayer", subject).integers(len(people)))]


@lru_cache(maxsize=1)
def _read(path: Path) -> tuple[Displayer, ...]:
    return read_displayers(path)


@lru_cache(maxsize=1)
def _digest(path: Path) -> str:
    return digest_file(path)


def _all_poses(path: Path) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for person in _read(path) for label in person.faces))
