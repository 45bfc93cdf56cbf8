"""Makes 4D clips with the face model ICT-FaceKit: identities come from real scans, performances are generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from smile.arrays import Bool
from smile.data.face import DataSet
from smile.errors import BadFile
from smile.stand_ins import ict_files
from smile.stand_ins.cast import FRAMES, SUBJECTS, Cast, Program
from smile.stand_ins.face_model import FaceModel
from smile.stand_ins.ict_files import IctArrays
from smile.stand_ins.landmark_transfer import anchor_bu83
from smile.stand_ins.performance import SIX, Difficulty, digest_program
from smile.stand_ins.recording import record
from smile.stand_ins.scanner import MeshConnectivity, Scanner

#: Parts of the head that a scanner sees, as ranges of upstream's vertex numbers (its README): the face without neck and
#: ears, the eye sockets, the front teeth of both jaws, the outer eyeballs. The irises lie below the outer eyeballs.
_SEEN = ((0, 6705), (13294, 14061), (17895, 18390), (20079, 20618), (21451, 22220), (23021, 23790))


@dataclass(frozen=True)
class IctSource:
    """Identifies ICT-FaceKit at `path`: an .npz of its arrays or a clone of its repository."""

    path: Path

    def load(self) -> FaceModel:
        """Returns the model, which each process reads once."""
        return _load(self.path)

    def content_key(self) -> str:
        """Returns a key for the model's content, wherever it lies, and for the program that reads it."""
        return ict_files.content_key(self.path) + digest_program(__file__, str(ict_files.__file__))


def read_ict(
    path: str | Path,
    subjects: int = SUBJECTS,
    frames: int = FRAMES,
    seed: int = 0,
    difficulty: Difficulty | None = None,
    scanner: Scanner | None = None,
    acts: Sequence[tuple[str, ...]] = SIX,
) -> DataSet:
    """Makes clips of `subjects` random identities of the ICT-FaceKit model at `path`, one clip for each of `acts`.

    `path` is an .npz or a clone of the repository. Each clip has `frames` scans over the whole performance, with
    landmarks of the scheme "bu83". Raises UserError where there is no model, and BadFile where the model is broken.
    """
    program = Program(tuple(acts), difficulty or Difficulty(), frames)
    return act_ict(path, Cast(subjects, program, seed), scanner)


def act_ict(path: str | Path, cast: Cast, scanner: Scanner | None = None) -> DataSet:
    """Makes the clips of this cast of ICT identities; its name and title tell what is not the default.

    Raises the errors of `read_ict`.
    """
    source = IctSource(Path(path).resolve())
    source.load()
    told = ", ".join(("ICT-FaceKit", *cast.words))
    clips = record(source, cast, scanner or Scanner())
    return DataSet(name="-".join(("ict", *cast.words)), title=told, clips=clips, stand_in=told)


@lru_cache(maxsize=1)
def _load(path: Path) -> FaceModel:
    arrays = ict_files.read_arrays(path)
    seen = np.zeros(len(arrays.neutral), np.bool_)
    for first, last in _SEEN:
        seen |= (arrays.source_vertex >= first) & (arrays.source_vertex <= last)
    return _cut_out(arrays, seen, path)


def _cut_out(arrays: IctArrays, seen: Bool, path: Path) -> FaceModel:
    if not seen[arrays.landmarks68].all():
        raise BadFile(path, "landmarks68", "a landmark is not on the face", "use upstream's own landmark numbers")
    number = (np.cumsum(seen) - 1).astype(np.int32)
    triangles = number[arrays.triangles[seen[arrays.triangles].all(axis=1)]]
    neutral = arrays.neutral[seen]
    skin = triangles[arrays.source_vertex[seen][triangles].max(axis=1) <= _SEEN[0][1]]
    return FaceModel(
        neutral=neutral,
        shapes=np.ascontiguousarray(arrays.shapes[:, seen]),
        identities=np.ascontiguousarray(arrays.identities[:, seen]),
        surface=MeshConnectivity.of(triangles, len(neutral)),
        anchors=anchor_bu83(neutral, skin, number[arrays.landmarks68]),
    )
