"""Figures are drawn once, again when what they show changes, and equal to the byte."""

from PIL import Image

from bench.figures import draw_figures


def test_one_confusion_matrix_a_scored_method_and_one_overview(tmp_path, make_record):
    records = [make_record("alpha"), make_record("beta", metrics={}, predictions=(), reason="needs landmarks")]
    drawn = [path.relative_to(tmp_path).as_posix() for path in draw_figures(tmp_path, "fer4d", records)]
    assert drawn == ["figures/fer4d/synthetic/alpha.png", "figures/fer4d/accuracy.png"]
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
