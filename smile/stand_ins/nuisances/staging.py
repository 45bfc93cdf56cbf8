"""Puts a made face behind its nuisances: what is in front of it, what the scanner loses, and landmarks that are off.

Letters in shapes: V vertices, L landmarks.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation
from trimesh import transform_points
from trimesh.registration import procrustes

from smile.arrays import Float32, Float64
from smile.data.face import Scan
from smile.data.landmarks import SCHEMES, STABLE_POINTS
from smile.stand_ins.nuisances.levels import Nuisances
from smile.stand_ins.nuisances.occluders import draw_occluder
from smile.stand_ins.nuisances.occlusion import occlude
from smile.stand_ins.nuisances.profiles import Profile, spoil
from smile.stand_ins.nuisances.resolution import find_cell, merge_cells
from smile.stand_ins.nuisances.solids import Solid, join_solids
from smile.stand_ins.performance import generator
from smile.stand_ins.scanner import measure_normals, roughen

#: Landmarks of the scheme "bu83" in the order in which stand-ins have them: left outer, left inner, right inner and
#: right outer corner of the eyes.
_CORNERS = (0, 4, 12, 8)


def wear(nuisances: Nuisances, seed: int, subject: str, face: Float32, landmarks: Float32) -> tuple[Solid, ...]:
    """Returns hair and glasses of a subject with this neutral face [V, 3], in the face frame; the same in every clip.

    `landmarks` [L, 3] are those of the face.
    """
    placed, owner = transform_points(face, _find_frame(landmarks)), (seed, "dress", subject)
    return tuple(
        draw_occluder(generator(*owner, kind), placed, (kind,))
        for kind, share in (("hair", nuisances.hair), ("glasses", nuisances.glasses))
        if generator(*owner, kind, "luck").random() < share
    )


def dress(
    nuisances: Nuisances,
    seed: int,
    subject: str,
    act: str,
    face: Float32,
    landmarks: Float32,
    worn: tuple[Solid, ...],
) -> Solid | None:
    """Returns what is in front of a subject's neutral face [V, 3] in a clip, in the face's own frame; None for nothing.

    This is what `wear` returned, and a hand in some clips. `landmarks` [L, 3] are those of the face.
    """
    into, clip = _find_frame(landmarks), (seed, "hand", subject, act)
    if generator(*clip, "luck").random() < nuisances.hand:
        worn = (*worn, draw_occluder(generator(*clip), transform_points(face, into), ("hand",)))
    if not worn:
        return None
    solid = join_solids(worn)
    return Solid(transform_points(solid.vertices, np.linalg.inv(into)), solid.triangles)


def blemish(
    nuisances: Nuisances, profile: Profile, scan: Scan, worn: Solid | None, rotation: Float32, rng: np.random.Generator
) -> Scan:
    """Returns a scan, in the face's own frame, behind what is worn and with the faults of its scanner.

    `rotation` [3, 3] turns the face in front of the scanner.
    """
    # As coarse as the bare face would be: what is worn has many vertices, and must not make the skin finer.
    cell = find_cell(scan, nuisances.resolution) if nuisances.resolution < 1 else 0.0
    if worn is not None:
        scan = occlude(scan, _scan_solid(profile, worn, rng), profile.sensors @ rotation)
    spoilt = spoil(profile, scan, rotation, rng)
    return merge_cells(spoilt, cell) if cell else spoilt


def misplace(nuisances: Nuisances, landmarks: Float32, rng: np.random.Generator) -> Float32:
    """Returns the landmarks [L, 3] of one frame, turned, scaled and shifted together; equal draws, equal error."""
    turn, shift = (_aim(rng) * rng.uniform(*span) for span in (nuisances.landmark_turn, nuisances.landmark_shift))
    scale = 1 + rng.choice((-1, 1)) * rng.uniform(*nuisances.landmark_scale)
    middle = landmarks.mean(axis=0)
    turned = (landmarks - middle) @ Rotation.from_rotvec(turn, degrees=True).as_matrix().T
    return np.asarray(scale * turned + middle + shift, dtype=np.float32)


def _scan_solid(profile: Profile, solid: Solid, rng: np.random.Generator) -> Solid:
    """Returns an occluder with the noise that this kind of scanner gives to skin."""
    points = solid.vertices.astype(np.float32)
    deviation, correlation = rng.uniform(*profile.scanner.noise), rng.uniform(*profile.scanner.correlation)
    normals = measure_normals(points, solid.triangles)
    rough = roughen(points, normals, deviation, correlation, int(rng.integers(2**31)))
    return Solid(rough.astype(np.float64), solid.triangles)


def _find_frame(landmarks: Float32) -> Float64:
    """Returns the similarity [4, 4] from a face's own frame to the face frame."""
    stable = np.stack([*landmarks[list(_CORNERS)], landmarks[SCHEMES["bu83"]["nose"]].mean(axis=0)])
    return np.asarray(procrustes(stable.astype(np.float64), STABLE_POINTS, reflection=False, return_cost=False))


def _aim(rng: np.random.Generator) -> Float64:
    """Returns a random direction, a unit vector [3]."""
    drawn = rng.standard_normal(3)
    return np.asarray(drawn / np.linalg.norm(drawn))
