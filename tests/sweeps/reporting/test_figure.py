"""The figure of a study: nothing leaves its canvas, whatever the settings are called."""

import pytest

from sweeps.draw.ranges import Among, LogUniform, Uniform
from sweeps.ledger import COMPLETE, PRUNED, Trial
from sweeps.reporting.figure import draw_study
from sweeps.reporting.pareto import Stages
from sweeps.studies import Study
from tests.canvases import find_outside, keeping, texts_of

KEYS = ("losses.alignment.weight", "losses.decorrelation.off_diagonal_weight", "rendering.view_count")
DEFAULT = {KEYS[0]: 1.0, KEYS[1]: 0.5, KEYS[2]: 3}


@pytest.mark.parametrize("shown", [1, 2, 3])
def test_nothing_leaves_the_canvas(tmp_path, shown):
    kinds = (LogUniform(1e-4, 1e4), Uniform(0.001, 0.999), Among((1, 3, 5, 15)))
    ranges = dict(zip(KEYS[:shown], kinds, strict=False))
    values = ((1.0, 0.5, 3), (1e-4, 0.999, 1), (1e4, 0.001, 15))
    states = (COMPLETE, COMPLETE, PRUNED)
    trials = [
        Trial(number, dict(zip(ranges, own, strict=False)), state, 0.123456 * number, ((4, 0.5),), "", 1.0)
        for number, (own, state) in enumerate(zip(values, states, strict=True))
    ]
    with keeping() as kept:
        stages = Stages("seconds", tuple(trials[:2]), (Trial(9, {}, COMPLETE, 0.2, ((8, 0.2),), "", 3.0),))
        draw_study(
            Study("A study.", ranges, {}), trials, {key: DEFAULT[key] for key in ranges}, stages, tmp_path / "s.png"
        )
    (figure,) = kept.values()
    assert {*ranges, "trial", "objective", "best so far", "epoch", "seconds", "beaten by none"} <= {
        text for text, _ in texts_of(figure)
    }
    assert find_outside(figure) == []
