"""Figures are drawn once, again when what they show changes, and equal to the byte."""

import dataclasses

from PIL import Image

from bench.figures import draw_figures


def test_one_confusion_matrix_a_scored_method_and_one_overview(tmp_path, make_record):
    records = [make_record("alpha"), make_record("beta", metrics={}, predictions=(), reason="needs landmarks")]
    drawn = [path.relative_to(tmp_path).as_posix() for path in draw_figures(tmp_path, "fer4d", records)]
    assert drawn == [f"figures/fer4d/synthetic/tenfold/linear_probe/{name}.png" for name in ("alpha", "accuracy")]
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
    assert len(draw_figures(tmp_path, "fer4d", [other])) == 2


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
    assert {path.parent.parent.name for path in drawn} == {"bu3dfe_p1", "bu3dfe_p2"}
    assert len(drawn) == 4
    hundred = tuple(dataclasses.replace(one, times=100, fold=-1) for one in p1.predictions)
    assert draw_figures(tmp_path, "fer4d", [dataclasses.replace(p1, predictions=hundred, rounds=100)]) == []


def test_several_classes_a_clip_have_no_confusion_matrix(tmp_path, make_record):
    drawn = draw_figures(tmp_path, "fer4d", [make_record(multilabel=True)])
    assert [path.name for path in drawn] == ["accuracy.png"]
