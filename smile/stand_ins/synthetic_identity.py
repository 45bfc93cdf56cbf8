"""Defines how synthetic faces differ, by identity modes: from the size of the head to the bend of a nose.

One unit of a mode is one standard deviation over subjects. The amplitudes are our choice, so that faces differ about
as much as real faces do. Letters in shapes: V vertices, I identity modes.
"""

from __future__ import annotations

import numpy as np

from smile.arrays import Float64
from smile.stand_ins.synthetic_mesh import NeutralMesh
from smile.stand_ins.synthetic_shapes import Pull, mirror, pull_skin

_CENTRE = np.array([0.0, 0.0, 60.0])

#: Stretches of the whole head along x, y and z, about its centre.
_STRETCHES = (
    (0.025, 0.025, 0.025),  # size
    (0.035, -0.015, 0.0),  # round or long
    (0.0, 0.03, 0.0),  # length
    (0.0, -0.01, 0.06),  # flat or deep
)

#: Pulls of the left half, mirrored to the right.
_SYMMETRIC: tuple[tuple[Pull, ...], ...] = (
    (Pull((52, -42), (22, 20), (4.0, 0, 2.0)),),  # width of the jaw
    (Pull((0, -76), (26, 16), (0, -3.2, 0.5)),),  # length of the chin
    (Pull((0, -70), (18, 14), (0, 0, 2.6)),),  # chin stands out
    (Pull((54, 8), (18, 16), (2.0, 0, 2.4)),),  # cheekbones
    (Pull((38, -25), (18, 20), (1.0, -0.5, 3.2)),),  # full or hollow cheeks
    (Pull((0, 92), (60, 26), (0, 0, -4.0)),),  # slope of the forehead
    (Pull((22, 53), (18, 8), (0, 0, 1.7)),),  # brow ridge
    (Pull((28, 58), (22, 9), (0, 1.9, 0)),),  # height of the brows
    (Pull((14, 56), (10, 9), (0, -1.0, 0.4)), Pull((42, 58), (12, 9), (0, 1.3, 0))),  # slant of the brows
    (Pull((31, 34), (17, 16), (0, 0, -1.8)),),  # depth of the eyes
    (Pull((31, 34), (20, 18), (1.6, 0, 0)),),  # distance of the eyes
    (Pull((31, 34), (24, 14), (0, 1.5, 0)),),  # height of the eyes
    (Pull((0, -2), (14, 13), (0, -2.6, 0)),),  # length of the nose
    (Pull((0, 2), (12, 14), (0, 0, 2.4)),),  # nose stands out
    (Pull((13, -3), (6, 8), (1.7, 0, 0)),),  # width of the wings
    (Pull((0, 30), (7, 12), (0, 0, 1.8)),),  # height of the bridge
    (Pull((0, 18), (6, 8), (0, 0, 1.2)),),  # hump
    (Pull((0, -4), (9, 6), (0, 1.6, 0.5)),),  # upturned tip
    (Pull((24, -33), (12, 10), (2.2, 0, -0.4)),),  # width of the mouth
    (Pull((0, -33), (34, 14), (0, 1.9, 0)),),  # height of the mouth
    (Pull((0, -27), (20, 5), (0, 1.2, 0.8), lip="upper"),),  # thickness of the upper lip
    (Pull((0, -40), (20, 6), (0, -1.4, 0.8), lip="lower"),),  # thickness of the lower lip
    (Pull((0, -33), (24, 16), (0, 0, 2.0)),),  # lips stand out
    (Pull((62, 50), (18, 24), (2.0, 0, 1.6)),),  # temples
)

#: Pulls that make the two halves of a face differ.
_LOPSIDED: tuple[tuple[Pull, ...], ...] = (
    (Pull((0, 4), (12, 16), (1.1, 0, 0)),),  # bent nose
    (Pull((0, -62), (40, 26), (1.4, 0, 0)),),  # jaw to one side
    (Pull((30, 48), (20, 22), (0, 0.9, 0)), Pull((-30, 48), (20, 22), (0, -0.9, 0))),  # one eye higher
    (Pull((26, -34), (14, 14), (0, 0.8, 0)), Pull((-26, -34), (14, 14), (0, -0.8, 0))),  # mouth aslant
)


def build_identities(mesh: NeutralMesh) -> Float64:
    """Returns how far one standard deviation of every identity mode moves every vertex, [I, V, 3] mm."""
    spokes = _rigid_eyes(mesh) - _CENTRE
    modes = [spokes * stretch for stretch in _STRETCHES]
    modes += [pull_skin(mesh, pulls + mirror(pulls)) for pulls in _SYMMETRIC]
    modes += [pull_skin(mesh, pulls) for pulls in _LOPSIDED]
    return np.stack(modes)


def _rigid_eyes(mesh: NeutralMesh) -> Float64:
    """Returns the vertices, each eyeball drawn to its centre, so that an eye moves as a whole and keeps its size."""
    points = mesh.vertices.copy()
    for ball in np.array_split(np.arange(mesh.skin, len(points)), 2):
        points[ball] = mesh.vertices[ball].mean(axis=0)
    return points
