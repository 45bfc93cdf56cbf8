"""Signs of action units against what made faces really do when they act them."""

import numpy as np
import pytest

from smile.captions.prototypes import MOVES, expect_motion, expect_score
from smile.data.facs import EMOTIONS, Expression
from smile.data.landmarks import MEASURES, measure_motion
from smile.stand_ins.blendshapes import ACTION_UNITS, SHAPES, shape_weights
from smile.stand_ins.synthetic import make_synthetic


@pytest.fixture(scope="module")
def face():
    return make_synthetic(1, 2, 0).clips[0].frames.source.load()


@pytest.mark.parametrize("unit", sorted(set(MOVES) & set(ACTION_UNITS)))
def test_an_action_unit_moves_a_made_face_the_way_that_the_table_says(face, unit):
    """The measure that the table calls the unit's strongest really moves that way on the synthetic face."""
    neutral = face.sculpt(np.zeros(len(face.identities), np.float32))
    weights = np.zeros(len(SHAPES), np.float32)
    for shape, weight in shape_weights({unit: 1.0}).items():
        weights[SHAPES.index(shape)] = weight
    faces = [face.anchors.ride(face.deform(neutral, w)) for w in (np.zeros_like(weights), weights)]
    moved = measure_motion(np.stack(faces)[None], "bu83")
    strongest = max(MOVES[unit], key=lambda name: abs(MOVES[unit][name]))
    assert np.sign(moved[strongest][0]) == np.sign(MOVES[unit][strongest]), (strongest, moved[strongest])


def test_strengths_add_up_and_unknown_units_count_nothing():
    both = expect_motion(Expression({1: 1.0, 4: 0.5, 99: 1.0}, {}))
    assert both[MEASURES.index("inner brow height")] == pytest.approx(1.0 - 0.5 * 0.8)
    assert both[MEASURES.index("brow distance")] == pytest.approx(-0.5)


def test_scores_of_the_basic_expressions_are_standard():
    scores = np.stack([expect_score(expression) for expression in EMOTIONS.values()])
    np.testing.assert_allclose(scores.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(scores.std(0), 1)
