"""Makes 4D clips of a face from formulas, without a download.

Performances and scanner are the same as for a morphable model of real faces; see recording.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from smile.data.face import DataSet
from smile.stand_ins import synthetic_identity, synthetic_mesh, synthetic_shapes
from smile.stand_ins.cast import FRAMES, SUBJECTS, Cast, Program
from smile.stand_ins.face_model import FaceModel
from smile.stand_ins.landmark_transfer import Anchors, resample
from smile.stand_ins.performance import SIX, Difficulty, digest_program
from smile.stand_ins.recording import record
from smile.stand_ins.scanner import MeshConnectivity, Scanner
from smile.stand_ins.synthetic_mesh import EYE, EYE_FOCUS, LID, MOUTH, MOUTH_FOCUS, PARTED, NeutralMesh, ring

_PROGRAM = (synthetic_mesh, synthetic_shapes, synthetic_identity)

#: Places on the chart: the left brow from its outer to its inner end, the nose, and the left half of the outline.
_BROW = np.array([(49, 54), (41, 59), (31, 61), (21, 59.5), (11, 56)])
_NOSE = np.array([(0, 40), (0, 31), (0, 22), (0, 12), (0, 2)])
_NOSE_BASE = np.array([(-14, -5), (-9, -8.5), (-4.5, -12), (0, -13), (4.5, -12), (9, -8.5), (14, -5)])
_OUTLINE = np.array([(86, 36), (84, 12), (79, -10), (70, -30), (57, -47), (41, -61), (22, -70), (0, -77)])


@dataclass(frozen=True)
class SyntheticSource:
    """Identifies the only synthetic face model."""

    def load(self) -> FaceModel:
        """Returns the model, which each process builds once."""
        return _build()

    def content_key(self) -> str:
        """Returns a key for the program that makes the model."""
        return "synthetic" + digest_program(__file__, *(str(module.__file__) for module in _PROGRAM))


def make_synthetic(
    subjects: int = SUBJECTS,
    frames: int = FRAMES,
    seed: int = 0,
    difficulty: Difficulty | None = None,
    scanner: Scanner | None = None,
    acts: Sequence[tuple[str, ...]] = SIX,
) -> DataSet:
    """Makes clips of `subjects` synthetic identities, one for each of `acts`, with landmarks of the scheme "bu83".

    Each clip has `frames` scans over the whole performance.
    """
    program = Program(tuple(acts), difficulty or Difficulty(), frames)
    return act_synthetic(Cast(subjects, program, seed), scanner)


def act_synthetic(cast: Cast, scanner: Scanner | None = None) -> DataSet:
    """Makes the clips of this cast of synthetic identities; its name and title tell what is not the default."""
    clips = record(SyntheticSource(), cast, scanner or Scanner())
    return DataSet(
        name="-".join(("synthetic", *cast.words)),
        title=", ".join(("Synthetic faces", *cast.words)),
        clips=clips,
        stand_in=", ".join(("synthetic", *cast.words)),
    )


@lru_cache(maxsize=1)
def _build() -> FaceModel:
    mesh = synthetic_mesh.build_neutral()
    return FaceModel(
        neutral=mesh.vertices.astype(np.float32),
        shapes=synthetic_shapes.build_shapes(mesh).astype(np.float32),
        identities=synthetic_identity.build_identities(mesh).astype(np.float32),
        surface=MeshConnectivity.of(mesh.triangles, len(mesh.vertices)),
        anchors=_anchor(mesh),
    )


def _anchor(mesh: NeutralMesh) -> Anchors:
    """Returns landmarks at the vertices that are nearest on the chart, where the lips are apart."""
    flip = np.array([-1.0, 1.0])
    eye = ring(EYE, EYE_FOCUS, LID, 8)
    brow = resample(_BROW, 10)
    lips = [ring(MOUTH, MOUTH_FOCUS, b + PARTED, n) for b, n in ((8.0, 12), (1.2, 8))]
    outline = resample(np.concatenate([_OUTLINE * flip, _OUTLINE[-2::-1]]), 15)
    wanted = np.concatenate([eye, eye * flip, brow, brow * flip, _NOSE, _NOSE_BASE, *lips, outline])
    _, nearest = cKDTree(mesh.chart[: mesh.skin]).query(wanted)
    vertices = np.repeat(nearest[:, None], 3, axis=1).astype(np.int32)
    return Anchors(vertices, np.tile(np.array([1, 0, 0], np.float32), (len(wanted), 1)))
