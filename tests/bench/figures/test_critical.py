"""The critical-difference diagram: nothing leaves its canvas, with few methods and many, short names and long ones."""

import pytest

from bench.figures.critical import draw_critical
from bench.statistics.ranks import Ranking
from tests.canvases import find_outside, keeping, texts_of


@pytest.mark.parametrize(("count", "name"), [(3, "A"), (3, "A method with a name of many words"), (14, "SMILE-VLM")])
def test_nothing_leaves_the_canvas(tmp_path, count, name):
    methods = tuple(map(str, range(count)))
    ranking = Ranking(methods, tuple(1.0 + n for n in range(count)), 12, 0.01, {}, (methods[:2], methods[1:]))
    titles = {method: f"{name} {method}" for method in methods}
    with keeping() as kept:
        draw_critical(
            tmp_path / "ranks.png", "All data sets: linear probe, budget standard, seeds 0-4", ranking, titles
        )
    (figure,) = kept.values()
    assert {*titles.values(), "1.00"} <= {text for text, _ in texts_of(figure)}
    assert find_outside(figure) == []
