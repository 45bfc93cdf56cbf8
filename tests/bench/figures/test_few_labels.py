"""Curves that nobody could tell apart by eye turn grey; the best of each family keep name and colour."""

import matplotlib.pyplot as plt
import pytest

from bench.figures import few_labels
from bench.figures.few_labels import draw_few_labels


@pytest.mark.parametrize(("count", "named"), [(18, 18), (19, 4)])
def test_of_too_many_curves_the_first_two_of_each_family_have_a_name(count, named, tmp_path, monkeypatch):
    kept = {}
    monkeypatch.setattr(few_labels, "save_canvas", lambda path, axes, _mark: kept.update(axes=axes) or path)
    monkeypatch.setattr(few_labels, "_list_points", lambda standing: [(1, standing.height, 0, 9), (5, 8, 0, 9)])

    class First:
        def __init__(self, number):
            self.title, self.family = f"method {number}", ("floor", "control")[number % 2]

    class Ranked:
        def __init__(self, number):
            self.first, self.height = First(number), number

    draw_few_labels(tmp_path / "curves.png", "title", [Ranked(number) for number in range(count)])
    axes = kept["axes"]
    drawn = [line for line in axes.get_lines() if len(line.get_xdata())]
    assert len(drawn) == count
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    grey = count - named
    assert texts == [f"method {n}" for n in range(named)] + [f"{grey} other methods"] * bool(grey)
    assert sum(line.get_color() == few_labels._GREY for line in drawn) == grey
    plt.close("all")
