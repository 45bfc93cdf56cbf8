"""The tables name shapes that exist, and weights add up and stop at one."""

import numpy as np
import pytest

from smile.data import facs
from smile.data.face import EXPRESSIONS
from smile.errors import UserError
from smile.stand_ins import blendshapes


def test_every_expression_is_made_of_known_action_units() -> None:
    assert tuple(facs.EMOTIONS)[: len(EXPRESSIONS)] == EXPRESSIONS
    assert {"embarrassment", "pain", "nervousness"} <= set(facs.EMOTIONS)
    for expression in facs.EMOTIONS.values():
        assert expression.core
        assert not set(expression.core) & set(expression.optional)
        assert (set(expression.core) | set(expression.optional)) <= set(blendshapes.ACTION_UNITS)
        assert all(0 < s <= 1 for s in (*expression.core.values(), *expression.optional.values()))


def test_sided_shapes_come_in_pairs_of_equal_weight() -> None:
    for unit in blendshapes.ACTION_UNITS.values():
        for shape, weight in unit.items():
            assert not shape.endswith("_L") or unit[shape[:-1] + "R"] == weight
    assert len(set(blendshapes.SHAPES)) == len(blendshapes.SHAPES)


def test_weights_sum_per_shape_and_are_cut_at_one() -> None:
    weights = blendshapes.shape_weights({25: 1.0, 26: 0.5})
    assert weights["jawOpen"] == pytest.approx(0.08 + 0.35 * 0.5)
    assert weights["mouthUpperUp_L"] == pytest.approx(0.15)
    assert blendshapes.shape_weights({27: 1.0, 26: 1.0})["jawOpen"] == 1.0


def test_weights_follow_strengths_over_time() -> None:
    curve = np.linspace(0, 1, 5)
    np.testing.assert_allclose(blendshapes.shape_weights({26: curve})["jawOpen"], 0.35 * curve)
    np.testing.assert_array_equal(curve, np.linspace(0, 1, 5))


def test_an_unknown_action_unit_is_refused() -> None:
    with pytest.raises(KeyError):
        blendshapes.shape_weights({99: 1.0})


def test_micro_expressions_have_several_ways_and_may_be_joined() -> None:
    assert blendshapes.recipes(("pain",)) == (facs.EMOTIONS["pain"],)
    assert [set(way.core) for way in blendshapes.recipes(("Positive",))] == [{12}, {6, 12}]
    joined = blendshapes.recipes(("Surprise", "Positive"))
    assert len(joined) == 6
    assert {1, 2, 6, 12} in [set(way.core) for way in joined]
    ways = [way for name in facs.MICRO_CLASSES for way in blendshapes.recipes((name,))]
    assert all(set(way.core) <= set(blendshapes.ACTION_UNITS) for way in ways)


@pytest.mark.parametrize("labels", [("Hapiness",), ("Positive", ""), (), ("",), ("pain", "fear"), ("Positive", "AU12")])
def test_an_unknown_expression_is_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match="unknown expression"):
        blendshapes.recipes(labels)


def test_a_single_action_unit_is_an_expression_at_full_strength() -> None:
    for unit in blendshapes.ACTION_UNITS:
        (recipe,) = blendshapes.recipes((f"AU{unit}",))
        assert (recipe.core, recipe.optional) == ({unit: 1.0}, {})
    with pytest.raises(UserError, match="AU99"):
        blendshapes.recipes(("AU99",))
