"""Occluders are whole solids in front of the face, rest on it, and hide what lies behind them and nothing else."""

import numpy as np
import pytest
import trimesh

from smile.data.face import Scan
from smile.stand_ins.nuisances.occluders import OCCLUDERS, draw_occluder
from smile.stand_ins.nuisances.occlusion import find_seen, lay_on, occlude
from smile.stand_ins.nuisances.solids import Solid, dome, hoop, tube
from smile.stand_ins.scanner import HEADS
from tests.smile.rendering.faces import mesh

FRONT = np.array([[0.0, 0.0, 1.0]])
FACE = mesh()[0].astype(float)


def rng(seed=0):
    return np.random.default_rng(seed)


def as_mesh(solid):
    return trimesh.Trimesh(solid.vertices, solid.triangles, process=False)


def test_a_tube_is_closed_and_has_the_volume_of_its_cross_section():
    path = np.stack([np.zeros(9), np.linspace(0, 80, 9), np.zeros(9)], axis=1)
    made = as_mesh(tube(path, 6.0, 3.0, (0, 0, 1), sides=64))
    assert made.is_watertight and made.volume == pytest.approx(np.pi * 6 * 3 * 80, rel=0.01)
    assert np.ptp(made.vertices, axis=0) == pytest.approx([12, 80, 6])  # wide across, thick along `out`


def test_a_hoop_and_a_dome_look_outwards():
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    rim = np.stack([30 * np.cos(turn), 30 * np.sin(turn), np.zeros(48)], axis=1)
    # Pappus: the area of the cross-section times the way of its middle; ends of the tube overlap by one step.
    assert as_mesh(hoop(rim, 2.0, (0, 0, 1), 32)).volume == pytest.approx(
        np.pi * 4 * 2 * np.pi * 30 * 49 / 48, rel=0.02
    )
    lens = as_mesh(dome(rim, 1.5))
    assert (lens.face_normals[:, 2] > 0).all() and lens.bounds[1, 2] == pytest.approx(1.5)
    assert lens.area == pytest.approx(np.pi * 900, rel=0.02)


@pytest.mark.parametrize("name", OCCLUDERS)
def test_an_occluder_rests_on_the_face_and_looks_outwards(name):
    worn = draw_occluder(rng(), FACE, (name,))
    assert worn.vertices.tobytes() == draw_occluder(rng(), FACE, (name,)).vertices.tobytes()
    assert worn.vertices.tobytes() != draw_occluder(rng(1), FACE, (name,)).vertices.tobytes()
    assert as_mesh(worn).edges_unique_length.max() <= 3.01
    over = np.hypot(worn.vertices[:, 0] / 55, (worn.vertices[:, 1] - 10) / 70) < 1  # where the face is not steep
    x, y, z = worn.vertices[over].T
    gap = z - np.array([FACE[np.hypot(FACE[:, 0] - a, FACE[:, 1] - b).argmin(), 2] for a, b in zip(x, y, strict=True)])
    assert (gap > -2).mean() > 0.9 and np.quantile(gap, 0.05) < 25


def test_lay_on_keeps_a_clearance_whatever_a_part_was_drawn_at():
    flat = np.array([[x, y, 30.0] for x in np.arange(-60, 61, 2.0) for y in np.arange(-60, 61, 2.0)])
    for drawn in (10.0, 50.0):
        path = np.stack([np.linspace(-20, 20, 9), np.zeros(9), np.full(9, drawn)], axis=1)
        rod = tube(path, 4.0, 4.0, (0, 0, 1))
        assert lay_on([rod], flat, 2.5).vertices[:, 2].min() == pytest.approx(32.5, abs=0.3)


def test_only_what_no_sensor_sees_behind_an_occluder_is_lost():
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    flat = np.array([[x, y, 0.0] for x in np.arange(-50, 51, 1.0) for y in np.arange(-50, 51, 1.0)], np.float32)
    rings = [np.stack([r * np.cos(turn), r * np.sin(turn), np.full(60, 20.0)], axis=1) for r in np.arange(0, 21, 1.5)]
    disc = Solid(np.concatenate(rings), np.zeros((0, 3), np.int32))  # a disc of 20 mm, 20 mm before a wall
    away = np.hypot(flat[:, 0], flat[:, 1])
    one = find_seen(flat, disc, FRONT)
    assert not one[away < 19].any() and one[away > 24].all()
    # Two sensors at 45 degrees each see 20 mm past an edge: only a lens between two shifted discs stays hidden.
    two = find_seen(flat, disc, HEADS.T.astype(float))
    both = np.minimum(*(20 - np.hypot(flat[:, 0] - shift, flat[:, 1]) for shift in (20, -20)))
    assert two[both < -4].all() and two.sum() > one.sum()


def test_a_hidden_scan_keeps_what_fits_together():
    points, triangles = mesh(step=4.5)
    uv = points[:, :2] / 200 + 0.5
    face = Scan(points, triangles, uv=uv.astype(np.float32), colours=np.ones_like(points))
    worn = draw_occluder(rng(2), points.astype(float), ("hand",))
    hidden = occlude(face, worn, HEADS.T.astype(float))
    assert hidden.vertices[: len(points)].tobytes() == points.tobytes()
    assert hidden.triangles.max() < len(hidden.vertices) == len(hidden.colours)
    assert len(hidden.triangles) == len(hidden.triangles_uv) and hidden.triangles_uv.max() < len(uv)
    own = hidden.triangles[hidden.triangles.max(axis=1) < len(points)]
    assert {tuple(t) for t in own.tolist()} < {tuple(t) for t in triangles.tolist()}
    normals = as_mesh(Solid(hidden.vertices, hidden.triangles[len(own) :])).face_normals
    assert (normals @ HEADS).max(axis=1).min() > 0.09  # no back side is scanned
