"""Faces in metres and centimetres are brought into millimetres; what is a face in no unit is refused with its size."""

import numpy as np
import pytest

from smile.data.face import Scan
from smile.data.units import find_factor, in_millimetres, measure_size
from smile.errors import UserError

GRID = np.stack(np.meshgrid(np.linspace(-1, 1, 30), np.linspace(-1.2, 1.2, 30), [0.0]), axis=-1).reshape(-1, 3)
FACE = (75 * np.column_stack([GRID[:, :2], np.exp(-(GRID[:, :2] ** 2).sum(axis=1))])).astype(np.float32)
MARKS = FACE[::45] * np.float32(0.7)
TRIANGLES = np.array([[0, 1, 2]], np.int32)


@pytest.mark.parametrize("scale", [1e-3, 0.1, 1.0])
@pytest.mark.parametrize("size", [0.6, 1.0, 2.2])
def test_a_face_comes_out_in_millimetres_whatever_it_came_in(scale, size):
    given = Scan(FACE * np.float32(size * scale), TRIANGLES, MARKS * np.float32(size * scale))
    found = in_millimetres(given)
    np.testing.assert_allclose(found.vertices, FACE * size, rtol=1e-5)
    np.testing.assert_allclose(found.landmarks, MARKS * size, rtol=1e-5)


def test_landmarks_in_another_unit_than_their_mesh_meet_it():
    found = in_millimetres(Scan(FACE * np.float32(1e-3), TRIANGLES, MARKS))
    np.testing.assert_allclose(found.vertices, FACE, rtol=1e-5)
    np.testing.assert_array_equal(found.landmarks, MARKS)


def test_what_is_in_millimetres_is_not_touched():
    given = Scan(FACE, TRIANGLES, MARKS)
    assert in_millimetres(given) is given


@pytest.mark.parametrize("scale", [1e-6, 2e-5, 0.02, 1 / 25.4, 1 / 304.8, 30.0, 1000.0])
def test_a_face_in_no_unit_is_refused_with_its_size(scale):
    with pytest.raises(UserError, match=r"measures [0-9.e+-]+ across"):
        in_millimetres(Scan(FACE * np.float32(scale), TRIANGLES))


def test_stray_points_do_not_make_a_face_larger():
    stray = np.vstack([FACE, [[9e4, 0, 0], [0, -5e4, 2e4]]]).astype(np.float32)
    assert measure_size(stray) == pytest.approx(measure_size(FACE), rel=0.05)
    assert find_factor(stray * np.float32(1e-3)) == 1000.0


def test_no_points_have_no_unit():
    assert find_factor(np.zeros((0, 3), np.float32)) is None
    missing = Scan(FACE, TRIANGLES, np.full((5, 3), np.nan, np.float32))
    assert np.isnan(in_millimetres(missing).landmarks).all()
