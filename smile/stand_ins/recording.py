"""Records clips of generated faces: a face model acts a performance in front of the scanner, frame by frame.

Letters in shapes: V vertices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import overload

import numpy as np

from smile.arrays import Float32
from smile.data import facs
from smile.data.action_units import Coding
from smile.data.face import Clip, Scan
from smile.data.landmarks import SCHEMES
from smile.digests import digest_text
from smile.errors import UserError
from smile.provenance import code_hash
from smile.stand_ins import blendshapes, face_model, identities, landmark_transfer, performance, scanner
from smile.stand_ins.cast import Cast
from smile.stand_ins.face_model import ModelSource
from smile.stand_ins.identities import IDENTITIES
from smile.stand_ins.nuisances.levels import Nuisances, choose_profile, find_difficulty
from smile.stand_ins.nuisances.profiles import Profile
from smile.stand_ins.nuisances.solids import Solid
from smile.stand_ins.nuisances.staging import blemish, dress, misplace, wear
from smile.stand_ins.performance import Act, Performance, Performer, Variation, digest_program, generator
from smile.stand_ins.scanner import Scanner, jitter_landmarks, scan

_SPOILING = "smile/stand_ins/nuisances"
_MODULES = (blendshapes, face_model, facs, identities, landmark_transfer, performance, scanner)
_BROWS = (SCHEMES["bu83"]["brow_a"], SCHEMES["bu83"]["brow_b"])


@dataclass(frozen=True)
class Recording(Sequence[Scan]):
    """Holds the scans of one performance; makes a scan when asked; frame i has the same bytes in every process."""

    source: ModelSource
    seed: int
    subject: str
    act: Act
    total: int  # number of frames
    difficulty: Variation
    scanner: Scanner  # where the nuisances name no other
    nuisances: Nuisances
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
        made = Scan(*scan(self.profile.scanner, model.surface, vertices, brows, rotation, rng))
        if self.nuisances != Nuisances():
            made, landmarks = self._spoil(made, landmarks, rotation, frame)
        error = self._tracking_errors(len(landmarks))[frame]
        return replace(
            made,
            vertices=made.vertices @ rotation.T + translation,
            landmarks=(landmarks @ rotation.T + translation + error).astype(np.float32),
        )

    def _spoil(self, made: Scan, landmarks: Float32, rotation: Float32, frame: int) -> tuple[Scan, Float32]:
        """Returns the scan and the landmarks with their nuisances."""
        clip = (self.seed, "nuisances", self.subject, self.act.name)
        worn = _dress(self.source, self.identities, self.nuisances, self.seed, self.subject, self.act.name)
        spoilt = blemish(self.nuisances, self.profile, made, worn, rotation, generator(*clip, frame))
        return spoilt, misplace(self.nuisances, landmarks, generator(*clip))

    @property
    def profile(self) -> Profile:
        """What kind of scanner scans this subject."""
        return choose_profile(self.nuisances, self.seed, self.subject, self.scanner)

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
        return jitter_landmarks(self.profile.scanner, self.total, landmarks, seconds, rng).astype(np.float32)


def record(source: ModelSource, cast: Cast, settings: Scanner) -> tuple[Clip, ...]:
    """Returns the clips of every subject (F001, M001, F002, ...) of the cast, in a fixed order.

    Raises UserError with less than one subject, with fewer than two frames, and on labels that nobody acts.
    """
    if cast.subjects < 1:
        raise UserError(f"{cast.subjects} subjects make no data set; ask for 1 or more")
    names = [f"{'FM'[i % 2]}{i // 2 + 1:03d}" for i in range(cast.subjects)]
    key, program, performer = source.content_key(), cast.program, cast.performer
    nuisances = find_difficulty(cast.difficulty)
    ranges = nuisances.stir(program.difficulty)
    shared = (program.frames, ranges, settings, nuisances, performer, cast.identities)
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
    spoilt_by = (recording.difficulty, recording.scanner, recording.profile, recording.nuisances, code_hash(_SPOILING))
    parts = repr((key, made_by, settings, spoilt_by, performer))
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
    performer: Performer, seed: int, subject: str, act: Act, frames: int, difficulty: Variation
) -> Performance:
    return performer.perform(seed, subject, act, frames, difficulty)


@lru_cache(maxsize=4)
def _dress(
    source: ModelSource, identities: str, nuisances: Nuisances, seed: int, subject: str, act: str
) -> Solid | None:
    face = _sculpt(source, identities, seed, subject)
    landmarks = source.load().anchors.ride(face)
    worn = _wear(source, identities, nuisances, seed, subject)
    return dress(nuisances, seed, subject, act, face, landmarks, worn)


@lru_cache(maxsize=4)
def _wear(source: ModelSource, identities: str, nuisances: Nuisances, seed: int, subject: str) -> tuple[Solid, ...]:
    face = _sculpt(source, identities, seed, subject)
    return wear(nuisances, seed, subject, face, source.load().anchors.ride(face))


@lru_cache(maxsize=4)
def _sculpt(source: ModelSource, identities: str, seed: int, subject: str) -> Float32:
    return IDENTITIES[identities](source.load(), seed, subject)
