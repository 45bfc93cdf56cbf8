"""Figures are drawn once, again when what they show changes, and equal to the byte."""

import dataclasses

from PIL import Image

from bench.answer import Findings, SubjectTally
from bench.figures import draw_figures
from bench.statistics.scores import score_findings


def test_one_confusion_matrix_a_scored_method_and_one_overview(tmp_path, make_record):
    records = [make_record("alpha"), make_record("beta", metrics={}, predictions=(), reason="needs landmarks")]
    drawn = [path.relative_to(tmp_path).as_posix() for path in draw_figures(tmp_path, "fer4d", records)]
    assert drawn == [f"figures/fer4d/synthetic/tenfold/clean/linear_probe/{name}.png" for name in ("alpha", "accuracy")]
    with Image.open(tmp_path / drawn[0]) as picture:
        picture.load()
        assert min(picture.size) > 400
        assert picture.convert("L").getextrema() == (0, 255)


def test_same_records_same_bytes(tmp_path, make_record):
    pictures = [
        [path.read_bytes() for path in draw_figures(tmp_path / place, "fer4d", [make_record()])] for place in "ab"
    ]
    assert len(pictures[0]) == 2
    assert pictures[0] == pictures[1]


def test_a_family_has_one_colour_whatever_stands_beside_it(tmp_path, make_record):
    ours = dataclasses.replace(make_record("alpha"), family="vision-language")
    other = dataclasses.replace(make_record("beta"), family="floor")
    colours = []
    for number, records in enumerate(([ours], [other], [ours, other])):
        draw_figures(tmp_path / str(number), "fer4d", records)
        (path,) = (tmp_path / str(number)).rglob("accuracy.png")
        with Image.open(path) as picture:
            found = picture.convert("RGB").getcolors(picture.width * picture.height)
        colours.append({colour for _, colour in found if len(set(colour)) > 1})
    assert not colours[0] & colours[1] and colours[0] | colours[1] <= colours[2]


def test_only_what_changed_or_was_damaged_is_drawn_again(tmp_path, make_record):
    records = [make_record("alpha"), make_record("beta")]
    assert len(draw_figures(tmp_path, "fer4d", records)) == 3
    assert draw_figures(tmp_path, "fer4d", [make_record("alpha", seconds=9.0), records[1]]) == []
    changed = draw_figures(tmp_path, "fer4d", [records[0], make_record("beta", 0.7)])
    assert [path.name for path in changed] == ["beta.png", "accuracy.png"]
    changed[0].write_bytes(changed[0].read_bytes()[:200])
    assert [path.name for path in draw_figures(tmp_path, "fer4d", [records[0], make_record("beta", 0.7)])] == [
        "beta.png"
    ]


def test_nothing_scored_nothing_drawn(tmp_path, make_record):
    assert draw_figures(tmp_path, "fer4d", [make_record(metrics={}, predictions=())]) == []
    assert not (tmp_path / "figures").exists()


def test_each_protocol_has_a_folder_and_averages_its_rounds(tmp_path, make_record):
    p1, p2 = (make_record(data_set="bu3dfe", protocol=name, stand_in="") for name in ("bu3dfe_p1", "bu3dfe_p2"))
    drawn = draw_figures(tmp_path, "fer4d", [p1, p2])
    assert {path.parent.parent.parent.name for path in drawn} == {"bu3dfe_p1", "bu3dfe_p2"}
    assert len(drawn) == 4
    hundred = tuple(dataclasses.replace(one, times=100, fold=-1) for one in p1.predictions)
    assert draw_figures(tmp_path, "fer4d", [dataclasses.replace(p1, predictions=hundred, rounds=100)]) == []


def test_several_classes_a_clip_have_no_confusion_matrix(tmp_path, make_record):
    drawn = draw_figures(tmp_path, "fer4d", [make_record(multilabel=True)])
    assert [path.name for path in drawn] == ["accuracy.png"]


def curve_of(make_record, method, right, **changes):
    """A record of few labels: two subjects, three numbers of labelled subjects."""
    tallies = tuple(
        SubjectTally(f"accuracy@{count}", count, {"F1": hits, "F2": hits}, {"F1": 10, "F2": 10})
        for count, hits in zip((1, 5, 20), right, strict=True)
    )
    scores = score_findings([Findings(tallies=tallies)], 0)
    record = make_record(method, probe="few_labels", predictions=(), **changes)
    return dataclasses.replace(record, tallies=tallies, metrics=scores)


def test_few_labels_are_drawn_as_curves_and_conditions_as_one_table(tmp_path, make_record):
    records = [
        curve_of(make_record, "alpha", (2, 5, 9), family="floor"),
        curve_of(make_record, "beta", (3, 6, 8)),
        curve_of(make_record, "alpha", (1, 2, 4), family="floor", condition="occluded"),
    ]
    place = tmp_path / "figures/few/synthetic/tenfold"
    assert sorted(str(path.relative_to(place)) for path in draw_figures(tmp_path, "few", records)) == [
        "clean/few_labels/accuracy.png",
        "clean/few_labels/curves.png",
        "few_labels.png",
        "occluded/few_labels/accuracy.png",
        "occluded/few_labels/curves.png",
    ]
    assert draw_figures(tmp_path, "few", records) == []
    changed = [*records[:2], curve_of(make_record, "alpha", (1, 2, 5), family="floor", condition="occluded")]
    again = [str(path.relative_to(place)) for path in draw_figures(tmp_path, "few", changed)]
    assert sorted(again) == ["few_labels.png", "occluded/few_labels/accuracy.png", "occluded/few_labels/curves.png"]


def test_the_seeds_of_a_method_share_its_pictures(tmp_path, make_record):
    drawn = draw_figures(tmp_path, "fer4d", [make_record(seed=0), make_record(accuracy=0.9, seed=1)])
    assert [path.name for path in drawn] == ["alpha.png", "accuracy.png"]
