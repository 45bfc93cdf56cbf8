"""A scanner's faults have the size that its profile states, along its own line of sight."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from smile.data.face import Scan
from smile.stand_ins.nuisances.profiles import PROFILES, Profile, spoil
from smile.stand_ins.scanner import measure_normals
from tests.smile.rendering.faces import mesh

FACE = Scan(*mesh(step=2.0))
TURNED = Rotation.from_euler("y", 25, degrees=True).as_matrix().astype(np.float32)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_scanner_without_faults_changes_nothing():
    spoilt = spoil(Profile(), FACE, TURNED, rng())
    assert spoilt.vertices == pytest.approx(FACE.vertices, abs=1e-4)
    assert spoilt.triangles.tobytes() == FACE.triangles.tobytes()


def test_steps_leave_only_some_depths():
    spoilt = spoil(Profile(step=(0.8, 0.8)), FACE, TURNED, rng())
    depth = (spoilt.vertices @ TURNED.T)[:, 2] / 0.8
    assert np.abs(depth - np.round(depth)).max() < 1e-3
    move = (spoilt.vertices - FACE.vertices) @ TURNED.T
    assert np.abs(move[:, :2]).max() < 1e-4 and np.abs(move[:, 2]).max() <= 0.4 + 1e-4
    assert move[:, 2].std() == pytest.approx(0.8 / 12**0.5, rel=0.1)  # of a uniform rounding error


def test_stripes_have_their_amplitude():
    move = (spoil(Profile(stripes=(0.3, 0.3)), FACE, TURNED, rng()).vertices - FACE.vertices) @ TURNED.T
    assert np.abs(move[:, 2]).max() == pytest.approx(0.3, abs=0.01)
    assert move[:, 2].std() == pytest.approx(0.3 / 2**0.5, rel=0.1)


def test_holes_have_their_number_and_size():
    spoilt = spoil(Profile(holes=(1, 1), hole=(10, 10)), FACE, TURNED, rng())
    lost = np.setdiff1d(FACE.triangles, spoilt.triangles)
    lost_points = FACE.vertices[lost]
    assert len(lost) > 0 and np.linalg.norm(lost_points - lost_points.mean(axis=0), axis=1).max() < 12
    assert len(spoilt.vertices) == len(FACE.vertices)


def test_one_sensor_alone_loses_the_side_that_is_turned_away():
    spoilt = spoil(Profile(alone=True, grazing=0.5), FACE, TURNED, rng())
    cosine = measure_normals(FACE.vertices, FACE.triangles) @ (TURNED.T @ np.array([0, 0, 1], np.float32))
    assert (cosine[np.unique(spoilt.triangles)] > 0.5).all()
    middle = FACE.vertices[spoilt.triangles].mean(axis=1)[:, 0]
    before = FACE.vertices[FACE.triangles].mean(axis=1)[:, 0]
    sides = [(np.sum(middle * side > 40) / np.sum(before * side > 40)) for side in (1, -1)]
    assert sides[0] < 0.5 * sides[1]  # the left side looks away from the scanner


@pytest.mark.parametrize("name", PROFILES)
def test_equal_draws_give_equal_bytes(name):
    one, two, other = (spoil(PROFILES[name], FACE, TURNED, rng(seed)) for seed in (0, 0, 1))
    assert one.vertices.tobytes() == two.vertices.tobytes() and one.triangles.tobytes() == two.triangles.tobytes()
    assert one.vertices.tobytes() != other.vertices.tobytes()


def test_the_two_scanners_differ_in_what_they_see():
    structured, stereo = PROFILES["structured_light"], PROFILES["stereo"]
    assert structured.sensors.tolist() == [[0, 0, 1]] and len(stereo.sensors) == 2
    assert structured.scanner.noise[1] < stereo.scanner.noise[0]
    assert replace(stereo, holes=(0, 0)).step[0] > 0
