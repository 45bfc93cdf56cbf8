"""Records clips of generated faces: a face model acts a performance in front of the scanner, frame by frame.

Letters in shapes: V vertices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import overload

import numpy as np

from smile.arrays import Float32
from smile.data import facs
from smile.data.action_units import Coding
from smile.data.face import Clip, Scan
from smile.data.landmarks import SCHEMES
from smile.digests import digest_text
from smile.errors import UserError
from smile.provenance import read_code
from smile.stand_ins import blendshapes, face_model, identities, landmark_transfer, performance, scanner
from smile.stand_ins.cast import Cast
from smile.stand_ins.face_model import ModelSource
from smile.stand_ins.identities import IDENTITIES
from smile.stand_ins.performance import Act, Difficulty, Performance, Performer, generator
from smile.stand_ins.performances import textbook
from smile.stand_ins.scanner import Scanner, jitter_landmarks, scan

_MODULES = (blendshapes, face_model, facs, identities, landmark_transfer, performance, scanner, textbook)
_BROWS = (SCHEMES["bu83"]["brow_a"], SCHEMES["bu83"]["brow_b"])


@dataclass(frozen=True)
class Recording(Sequence[Scan]):
    """Holds the scans of one performance; makes a scan when asked; frame i has the same bytes in every process."""

    source: ModelSource
    seed: int
    subject: str
    act: Act
    total: int  # number of frames
    difficulty: Difficulty
    scanner: Scanner
    performer: Performer
    identities: str  # key of IDENTITIES

    def __len__(self) -> int:
        return self.total

    @overload
    def __getitem__(self, index: int) -> Scan: ...

    @overload
    def __getitem__(self, index: slice) -> list[Scan]: ...

    def __getitem__(self, index: int | slice) -> Scan | list[Scan]:
        numbers = range(self.total)[index]
        return self._scan(numbers) if isinstance(numbers, int) else [self._scan(i) for i in numbers]

    def _scan(self, frame: int) -> Scan:
        model = self.source.load()
        acted = self.perform()
        rotation, translation = acted.rotations[frame], acted.translations[frame]
        vertices = model.deform(_sculpt(self.source, self.identities, self.seed, self.subject), acted.weights[frame])
        landmarks = model.anchors.ride(vertices)
        brows = (landmarks[_BROWS[0]], landmarks[_BROWS[1]])
        rng = generator(self.seed, "scan", self.subject, self.act.name, frame)
        points, triangles = scan(self.scanner, model.surface, vertices, brows, rotation, rng)
        error = self._tracking_errors(len(landmarks))[frame]
        return Scan(
            vertices=points @ rotation.T + translation,
            triangles=triangles,
            landmarks=(landmarks @ rotation.T + translation + error).astype(np.float32),
        )

    def perform(self) -> Performance:
        """Returns all that moves in this clip."""
        return _perform(self.performer, self.seed, self.subject, self.act, self.total, self.difficulty)

    def code(self) -> Coding:
        """Returns the action units of the performance: what annotators would have to find is known here."""
        acted = self.perform()
        return Coding(np.arange(self.total, dtype=np.int32), acted.units, acted.strengths)

    def _tracking_errors(self, landmarks: int) -> Float32:
        rng = generator(self.seed, "landmarks", self.subject, self.act.name)
        seconds = self.perform().seconds
        return jitter_landmarks(self.scanner, self.total, landmarks, seconds, rng).astype(np.float32)


def record(source: ModelSource, cast: Cast, settings: Scanner) -> tuple[Clip, ...]:
    """Returns the clips of every subject (F001, M001, F002, ...) of the cast, in a fixed order.

    Raises UserError with less than one subject, with fewer than two frames, and on labels that nobody acts.
    """
    if cast.subjects < 1:
        raise UserError(f"{cast.subjects} subjects make no data set; ask for 1 or more")
    names = [f"{'FM'[i % 2]}{i // 2 + 1:03d}" for i in range(cast.subjects)]
    key, program, performer = source.content_key(), cast.program, cast.performer
    shared = (program.frames, program.difficulty, settings, performer, cast.identities)
    return tuple(
        _clip(key, Recording(source, cast.seed, subject, act, *shared))
        for subject in names
        for act in performer.choose(cast.seed, subject, program.acts)
    )


def _clip(key: str, recording: Recording) -> Clip:
    acted = recording.perform()
    made_by = digest_program(__file__, *(str(module.__file__) for module in _MODULES))
    settings = (recording.seed, recording.subject, recording.act, recording.total, recording.identities)
    performer = (recording.performer.name, recording.performer.content_key())
    parts = repr((key, made_by, settings, recording.difficulty, recording.scanner, performer))
    return Clip(
        id=f"{recording.subject}/{recording.act.name}",
        subject=recording.subject,
        labels=recording.act.labels,
        frames=recording,
        content_key=digest_text(parts),
        fps=recording.total / acted.seconds,
        landmark_scheme="bu83",
        attributes={"sex": recording.subject[0], "level": f"{acted.level:g}"}
        | ({"manner": acted.manner} if acted.manner else {}),
    )


# A clip is read frame by frame, and a subject's clips follow each other, so it is enough to keep a few of each.
@lru_cache(maxsize=4)
def _perform(
    performer: Performer, seed: int, subject: str, act: Act, frames: int, difficulty: Difficulty
) -> Performance:
    return performer.perform(seed, subject, act, frames, difficulty)


@lru_cache(maxsize=4)
def _sculpt(source: ModelSource, identities: str, seed: int, subject: str) -> Float32:
    return IDENTITIES[identities](source.load(), seed, subject)


@lru_cache
def digest_program(*files: str) -> str:
    """Returns a digest of the code of modules, so that scans from other versions of the formulas have another key.

    Comments and docstrings do not count.
    """
    return hashlib.sha256(b"".join(read_code(Path(file)) for file in files)).hexdigest()
