"""Who acts what, on which side, and how strongly: shares are the stated ones, and sides are never mixed up."""

from collections import Counter

import numpy as np
import pytest

from smile.data.face import EXPRESSIONS
from smile.errors import UserError
from smile.stand_ins.performance import SIX
from smile.stand_ins.performances.script import SIDED, Script, Style, both, show_one_side, single_unit, styled, thin
from smile.stand_ins.performances.timing import MACRO_TIMING


def test_one_side_acts_alone_in_the_stated_share_and_rarely_the_weaker() -> None:
    rng, left = np.random.default_rng(0), 0
    shown = [show_one_side(rng, {12: both(0.5), 26: both(0.5)}, 0, 0.2) for _ in range(4000)]
    alone = [face for face in shown if 0.0 in face[12]]
    left = sum(face[12] == (0.5, 0.0) for face in alone)
    assert 0.18 < len(alone) / 4000 < 0.22
    assert 0.2 < left / len(alone) < 0.3  # the weak side is the left one
    assert all(face[26] == (0.5, 0.5) for face in shown)  # a jaw has no sides
    assert show_one_side(rng, {17: both(0.5)}, 0, 1.0) == {17: (0.5, 0.5)}


def test_sided_units_are_those_whose_shapes_all_have_a_side() -> None:
    assert {1, 2, 4, 6, 12, 14, 15, 34} <= SIDED
    assert not {17, 18, 22, 23, 25, 26, 27, 38, 51} & SIDED


def test_not_everybody_acts_everything_and_some_act_twice() -> None:
    acted = [thin(0, f"F{i}", EXPRESSIONS, None, "some") for i in range(1500)]
    counts = Counter(len({act.labels for act in acts}) for acts in acted)
    assert min(counts) >= 1 and 0.3 < counts[6] / 1500 < 0.45  # 0.85 to the power of six is 0.38
    twice = sum(act.take for acts in acted for act in acts) / sum(1 - act.take for acts in acted for act in acts)
    assert 0.12 < twice < 0.18
    assert not any(act.take for i in range(100) for act in thin(0, f"F{i}", EXPRESSIONS, SIX, "some"))
    assert all(thin(0, f"F{i}", ("fear",), None, "some") for i in range(50))  # nobody does nothing


@pytest.mark.parametrize("labels", [("pain",), ("fear", "anger"), ("AU99",)])
def test_what_nobody_can_act_is_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match="theories performances know anger"):
        thin(0, "F001", EXPRESSIONS, (*SIX, labels), "theories")


def test_a_style_belongs_to_a_subject_and_keeps_sides_and_rest() -> None:
    assert Style.of(0, "F001") == Style.of(0, "F001") != Style.of(0, "F002")
    script = Script({12: (0.4, 0.0), 4: both(0.4)}, MACRO_TIMING, {7: both(0.3)})
    changed = [styled(script, Style.of(0, f"F{i}"), np.random.default_rng(i)) for i in range(300)]
    strengths = np.array([text.apex[12] for text in changed])
    assert not strengths[:, 1].any() and strengths.max() <= 1
    assert 0.15 < np.std(np.log(strengths[:, 0])) < 0.35
    assert all(text.apex[4][0] == text.apex[4][1] and text.rest == {7: (0.3, 0.3)} for text in changed)


def test_a_label_may_be_a_single_unit() -> None:
    assert single_unit("AU12") == {12: (1.0, 1.0)}
    assert single_unit("anger") is None
