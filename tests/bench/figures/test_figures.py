"""Figures are drawn once, again when what they show changes, and equal to the byte."""

import dataclasses
import itertools

import numpy as np
import pytest
import seaborn
from matplotlib.figure import Figure
from PIL import Image

from bench.answer import Findings, SubjectTally
from bench.figures.canvas import mark_content, read_mark, save_canvas
from bench.figures.drawing import draw_figures
from bench.methods.cost import Cost
from bench.statistics.scores import score_findings
from bench.suites import SUITES
from tests.canvases import find_outside, keeping, texts_of

FER4D = SUITES["fer4d"]


def test_one_confusion_matrix_a_scored_method_and_one_overview(tmp_path, make_record):
    records = [make_record("alpha"), make_record("beta", metrics={}, predictions=(), reason="needs landmarks")]
    drawn = [path.relative_to(tmp_path).as_posix() for path in draw_figures(tmp_path, FER4D, records)]
    assert drawn == [f"figures/fer4d/synthetic/tenfold/clean/linear_probe/{name}.png" for name in ("alpha", "accuracy")]
    with Image.open(tmp_path / drawn[0]) as picture:
        picture.load()
        assert min(picture.size) > 400
        assert picture.convert("L").getextrema() == (0, 255)


def test_same_records_same_bytes(tmp_path, make_record):
    pictures = [
        [path.read_bytes() for path in draw_figures(tmp_path / place, FER4D, [make_record()])] for place in "ab"
    ]
    assert len(pictures[0]) == 2
    assert pictures[0] == pictures[1]


def test_a_palette_halves_the_bytes_and_changes_no_colour_that_an_eye_tells(tmp_path):
    # A layout that is found anew at each drawing would move the second picture.
    axes = Figure(figsize=(6, 5)).subplots()
    seaborn.heatmap(np.linspace(0, 1, 400).reshape(20, 20), cmap="Blues", ax=axes)
    axes.figure.savefig(tmp_path / "whole.png", dpi=120)
    save_canvas(tmp_path / "kept.png", axes, mark_content("faces"))
    with Image.open(tmp_path / "whole.png") as whole, Image.open(tmp_path / "kept.png") as kept:
        assert kept.mode == "P"
        lost = np.abs(np.asarray(whole.convert("RGB"), int) - np.asarray(kept.convert("RGB"), int))
    assert lost.max() <= 8, "of 256 steps"
    assert np.asarray(kept.convert("RGB"))[0, 0].tolist() == [255, 255, 255]
    assert (tmp_path / "kept.png").stat().st_size < (tmp_path / "whole.png").stat().st_size / 2
    assert read_mark(tmp_path / "kept.png") == mark_content("faces") != mark_content("other faces")


def test_a_label_is_shown_as_it_is(tmp_path, make_record):
    """No formula is made of it, and no warning of a letter that the font lacks."""
    names = {"anger": "a$b#c$", "fear": "x|y<z_^{", "sadness": "\u5f20\u4f1f"}
    record = make_record("alpha")
    answers = tuple(
        dataclasses.replace(
            one, **{key: tuple(names.get(n, n) for n in getattr(one, key)) for key in ("truth", "predicted")}
        )
        for one in record.predictions
    )
    other = dataclasses.replace(record, predictions=answers, data_set_title="five $ and six $")
    assert len(draw_figures(tmp_path, FER4D, [other])) == 2


@pytest.mark.slow
def test_a_family_has_one_colour_whatever_stands_beside_it(tmp_path, make_record):
    ours = dataclasses.replace(make_record("alpha"), family="vision-language")
    other = dataclasses.replace(make_record("beta"), family="floor")
    colours = []
    for number, records in enumerate(([ours], [other], [ours, other])):
        draw_figures(tmp_path / str(number), FER4D, records)
        (path,) = (tmp_path / str(number)).rglob("accuracy.png")
        with Image.open(path) as picture:
            found = picture.convert("RGB").getcolors(picture.width * picture.height)
        # Colours of few pixels are the edges of lines and letters.
        colours.append({colour for count, colour in found if len(set(colour)) > 1 and count > 100})
        assert colours[-1]
    assert not colours[0] & colours[1] and colours[0] | colours[1] <= colours[2]


@pytest.mark.slow
def test_only_what_changed_or_was_damaged_is_drawn_again(tmp_path, make_record):
    records = [make_record("alpha"), make_record("beta")]
    assert len(draw_figures(tmp_path, FER4D, records)) == 3
    assert draw_figures(tmp_path, FER4D, [make_record("alpha", seconds=9.0), records[1]]) == []
    changed = draw_figures(tmp_path, FER4D, [records[0], make_record("beta", 0.7)])
    assert [path.name for path in changed] == ["beta.png", "accuracy.png"]
    changed[0].write_bytes(changed[0].read_bytes()[:200])
    assert [path.name for path in draw_figures(tmp_path, FER4D, [records[0], make_record("beta", 0.7)])] == ["beta.png"]


def test_nothing_scored_nothing_drawn(tmp_path, make_record):
    assert draw_figures(tmp_path, FER4D, [make_record(metrics={}, predictions=())]) == []
    assert not (tmp_path / "figures").exists()


def test_each_protocol_has_a_folder_and_averages_its_rounds(tmp_path, make_record):
    p1, p2 = (make_record(data_set="bu3dfe", protocol=name, stand_in="") for name in ("bu3dfe_p1", "bu3dfe_p2"))
    drawn = draw_figures(tmp_path, FER4D, [p1, p2])
    assert {path.parents[2].name for path in drawn} == {"bu3dfe_p1", "bu3dfe_p2"}
    assert len(drawn) == 4
    hundred = tuple(dataclasses.replace(one, times=100, fold=-1) for one in p1.predictions)
    assert draw_figures(tmp_path, FER4D, [dataclasses.replace(p1, predictions=hundred, rounds=100)]) == []


def test_several_classes_a_clip_have_no_confusion_matrix(tmp_path, make_record):
    drawn = draw_figures(tmp_path, FER4D, [make_record(multilabel=True)])
    assert [path.name for path in drawn] == ["accuracy.png"]


@pytest.fixture(scope="module")
def figures(tmp_path_factory, make_record):
    """Name -> drawn figure of one leaderboard whose titles are long; two methods are alike, and two floors are far."""
    names = {
        "smile_geometry": 0.8,
        "a_method_with_a_very_long_name_of_many_words_that_goes_on_and_on": 0.9,
        "beta": 0.9,
    }
    learnt = [make_record(name, accuracy, **LONG) for name, accuracy in names.items()]
    floors = [make_record(name, 0.1, family="floor", seconds=0.001, **LONG) for name in ("chance", "majority")]
    with keeping() as found:
        draw_figures(tmp_path_factory.mktemp("figures"), FER4D, [*learnt, *floors])
    places = [{"condition": name, "condition_title": f"{name} in some way"} for name in ("clean", "without_landmarks")]
    few = [curve_of(make_record, name, (2, 5, 9), **LONG, **place) for name in names for place in places]
    with keeping() as more:
        draw_figures(tmp_path_factory.mktemp("few"), SUITES["few"], few)
    return found | {f"few: {name}": figure for name, figure in more.items()}


LONG = {
    "data_set_title": "A data set with a long name, second release",
    "protocol": "a_protocol_with_a_long_name_reduced",
}


@pytest.mark.slow
def test_a_whole_leaderboard_has_four_figures(figures):
    assert {"accuracy", "recall", "cost", "difference", "chance"} <= set(figures)
    assert {"few: accuracy", "few: curves", "few: few_labels"} <= set(figures)


def test_no_title_and_no_label_leaves_its_canvas(figures):
    for name, figure in figures.items():
        assert len(texts_of(figure)) > 8, name
        assert find_outside(figure) == [], name


def test_names_at_an_axis_do_not_touch(figures):
    for name, figure in figures.items():
        for axes in figure.axes:
            for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
                straight = [label for label in labels if label.get_text() and not label.get_rotation() % 90]
                boxes = [label.get_window_extent() for label in straight]
                assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes)), name


def test_the_axis_shows_what_lies_between_the_methods_that_learn(figures):
    axes = figures["accuracy"].axes[0]
    low, high = axes.get_xlim()
    assert 60 < low < 70 and 100 < high <= 100.5
    assert [text.get_text() for text in axes.texts] == ["10.0", "10.0"], "floors far below are arrows with a number"
    assert "a floor left of this frame" in axes.get_xlabel()


def test_the_difference_of_two_methods_counts_clips(figures):
    numbers = [[text.get_text() for text in figures["difference"].axes[0].texts][k : k + 6] for k in range(0, 36, 6)]
    # 8 subjects of 10 are right with geometry, 9 with the other; who is wrong is taken for angry.
    assert numbers[0] == ["0"] * 6
    assert all(row[0] == "1" and row[n] == "-1" for n, row in enumerate(numbers) if n)


def test_recall_is_the_share_of_a_class_that_was_found(figures):
    axes = figures["recall"].axes[0]
    numbers = [text.get_text() for text in axes.texts]
    assert [label.get_text() for label in axes.get_yticklabels()][2] == "Smile_Geometry"
    assert numbers[12:18] == ["100", "80", "80", "80", "80", "80"]


def test_operations_stand_beside_seconds_where_records_say_them(tmp_path, make_record):
    costs = {"alpha": Cost(9, 0.5, 1, 1), "beta": Cost(9, 0.002, 1, 1), "gamma": Cost(0, 0.0, 0, 0)}
    records = [make_record(name, 0.7, cost=cost, seconds=4.0) for name, cost in costs.items()]
    with keeping() as found:
        draw_figures(tmp_path, FER4D, records)
    seconds, operations = found["cost"].axes
    assert [len(axes.lines) for axes in (seconds, operations)] == [3, 2], "numpy needs no operations of torch"
    assert sorted(float(line.get_xdata()[0]) for line in operations.lines) == [0.002, 0.5]
    assert len(operations.get_legend().get_texts()) == 3
    assert find_outside(found["cost"]) == []


@pytest.mark.slow
def test_numbers_of_points_stay_inside_and_apart(tmp_path, make_record):
    """Nine methods of one tower cost the same, and tie."""
    names = [f"method_{number}" for number in range(9)]
    records = [make_record(name, 0.7, cost=Cost(9, 0.02, 1, 1), seconds=100.0) for name in names]
    with keeping() as found:
        draw_figures(tmp_path, FER4D, records)
    for axes in found["cost"].axes:
        boxes = [text.get_window_extent() for text in axes.texts]
        frame = axes.get_window_extent()
        assert len(boxes) == 9
        assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
        assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def test_cost_leaves_out_floors_far_below(figures):
    legend = [text.get_text() for text in figures["cost"].axes[0].get_legend().get_texts()]
    assert len(legend) == 3 and legend[2] == "3 Smile_Geometry"


def curve_of(make_record, method, right, **changes):
    """A record of few labels: two subjects, three numbers of labelled subjects."""
    tallies = tuple(
        SubjectTally(f"accuracy@{count}", count, {"F1": hits, "F2": hits}, {"F1": 10, "F2": 10})
        for count, hits in zip((1, 5, 20), right, strict=True)
    )
    scores = score_findings([Findings(tallies=tallies)], 0)
    record = make_record(method, suite="few", probe="few_labels", predictions=(), **changes)
    return dataclasses.replace(record, tallies=tallies, metrics=scores)


@pytest.mark.slow
def test_few_labels_are_drawn_as_curves_and_conditions_as_one_table(tmp_path, make_record):
    records = [
        curve_of(make_record, "alpha", (2, 5, 9), family="floor"),
        curve_of(make_record, "beta", (3, 6, 8)),
        curve_of(make_record, "alpha", (1, 2, 4), family="floor", condition="occluded"),
    ]
    place = tmp_path / "figures/few/synthetic/tenfold"
    assert sorted(str(path.relative_to(place)) for path in draw_figures(tmp_path, SUITES["few"], records)) == [
        "clean/few_labels/accuracy.png",
        "clean/few_labels/curves.png",
        "few_labels.png",
        "occluded/few_labels/accuracy.png",
        "occluded/few_labels/curves.png",
    ]
    assert draw_figures(tmp_path, SUITES["few"], records) == []
    changed = [*records[:2], curve_of(make_record, "alpha", (1, 2, 5), family="floor", condition="occluded")]
    again = [str(path.relative_to(place)) for path in draw_figures(tmp_path, SUITES["few"], changed)]
    assert sorted(again) == ["few_labels.png", "occluded/few_labels/accuracy.png", "occluded/few_labels/curves.png"]


def test_the_seeds_of_a_method_share_its_pictures(tmp_path, make_record):
    drawn = draw_figures(tmp_path, FER4D, [make_record(seed=0), make_record(accuracy=0.9, seed=1)])
    assert [path.name for path in drawn] == ["alpha.png", "accuracy.png"]
