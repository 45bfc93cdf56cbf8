"""Faces by modes are as they always were; blended faces are no sum of modes, and vary as much."""

import numpy as np
from threadpoolctl import threadpool_limits

from smile.stand_ins.identities import IDENTITIES
from smile.stand_ins.performance import generator
from smile.stand_ins.synthetic import SyntheticSource
from smile.stand_ins.synthetic_mesh import build_neutral

MODEL = SyntheticSource().load()
SKIN = build_neutral().skin


def moved(name: str, count: int) -> np.ndarray:
    """[count, V, 3] mm from the mean face."""
    return np.stack([IDENTITIES[name](MODEL, 0, f"F{i:03d}") - MODEL.neutral for i in range(count)]).astype(np.float64)


def test_faces_by_modes_are_as_they_always_were() -> None:
    drawn = generator(5, "identity", "M002").standard_normal(len(MODEL.identities)).clip(-2, 2)
    assert IDENTITIES["modes"](MODEL, 5, "M002").tobytes() == MODEL.sculpt(drawn.astype(np.float32)).tobytes()


def test_blended_faces_lie_outside_of_the_modes_and_vary_as_much() -> None:
    modes = MODEL.identities.reshape(len(MODEL.identities), -1).T.astype(np.float64)
    spread, outside = {}, {}
    for name in IDENTITIES:
        faces = moved(name, 12).reshape(12, -1).T
        rest = faces - modes @ np.linalg.lstsq(modes, faces, rcond=None)[0]
        spread[name], outside[name] = (faces**2).mean() ** 0.5, (rest**2).sum() ** 0.5 / (faces**2).sum() ** 0.5
    assert outside["modes"] < 1e-5 and outside["blended"] > 0.2
    assert 0.8 < spread["blended"] / spread["modes"] < 1.25


def test_parts_have_no_seams_and_eyes_stay_whole() -> None:
    face = MODEL.neutral + moved("blended", 6)
    triangles = MODEL.surface.triangles
    ends = [points[triangles[:, 0]] - points[triangles[:, 1]] for points in (MODEL.neutral.astype(float), *face)]
    lengths = np.linalg.norm(ends, axis=2)
    assert np.percentile(lengths[1:] / np.maximum(lengths[0], 0.3), 99.5) < 1.5
    half = (len(MODEL.neutral) - SKIN) // 2
    for points in face:
        ball = points[SKIN : SKIN + half]
        plain = MODEL.neutral[SKIN : SKIN + half]
        np.testing.assert_allclose(ball - ball.mean(axis=0), plain - plain.mean(axis=0), atol=0.6)


def test_subjects_differ_and_threads_do_not() -> None:
    with threadpool_limits(1):
        first = moved("blended", 3)
    with threadpool_limits(2):
        assert moved("blended", 3).tobytes() == first.tobytes()
    gaps = np.linalg.norm(first[:, None] - first[None], axis=3).mean(axis=2)
    assert gaps[~np.eye(3, dtype=bool)].min() > 1.5  # mm
