"""A face model adds up its modes and shapes, in the same order however many threads there are."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from smile.stand_ins.face_model import FaceModel


@pytest.fixture
def model() -> FaceModel:
    rng = np.random.default_rng(0)
    neutral, shapes, identities = (
        rng.normal(size=size).astype(np.float32) for size in ((9000, 3), (46, 9000, 3), (60, 9000, 3))
    )
    return FaceModel(neutral, shapes, identities, surface=None, anchors=None)  # type: ignore[arg-type]  # of no matter


def test_modes_and_shapes_add_up(model: FaceModel) -> None:
    identity = np.linspace(-2, 2, 60, dtype=np.float32)
    weights = np.where(np.arange(46) % 3 == 0, np.linspace(0, 1, 46), 0).astype(np.float32)
    face = model.deform(model.sculpt(identity), weights)
    exact = model.neutral + np.einsum("i,ivd->vd", identity.astype(np.float64), model.identities)
    exact += np.einsum("s,svd->vd", weights.astype(np.float64), model.shapes)
    assert face.dtype == np.float32
    np.testing.assert_allclose(face, exact, atol=2e-5)


def test_the_bytes_do_not_depend_on_threads_and_the_model_stays_as_it_is(model: FaceModel) -> None:
    identity, weights = np.linspace(-2, 2, 60, dtype=np.float32), np.linspace(0.1, 1, 46, dtype=np.float32)
    before, faces = model.neutral.copy(), []
    for threads in (1, 2):
        with threadpool_limits(threads):
            faces.append(model.deform(model.sculpt(identity), weights))
    assert faces[0].tobytes() == faces[1].tobytes()
    assert np.array_equal(model.neutral, before)
