"""The leaderboard of the terminal fits 100 columns, is ranked over all families, and has no marks of markdown."""

import pytest

from bench.statistics.intervals import Score
from bench.suites import SUITES
from bench.tables.terminal import WIDTH, print_leaderboards

FER4D = SUITES["fer4d"]


def lines_of(records, **how):
    return print_leaderboards(FER4D, records, **how).splitlines()


def rows_of(records):
    """Words of each method's row."""
    lines = lines_of(records)
    return [line.split() for line in lines[lines.index("-" * WIDTH) + 1 : lines.index("", lines.index("-" * WIDTH))]]


def test_one_leaderboard_ranks_all_families_and_marks_the_best(make_record):
    records = [
        make_record("alpha", 0.5),
        make_record("smile_geometry", 0.7, knows="+ text"),
        make_record("beta", 0.9, family="supervised", uses_labels=True),
        make_record("pixels", 0.6, family="floor"),
    ]
    rows = rows_of(records)
    assert [row[:2] for row in rows] == [["1", "Beta"], ["1", "Smile_Geometry"], ["1", "Pixels"], ["1", "Alpha"]]
    assert rows[0][3:] == ["90.0*", "[80.0,", "100.0]", "90.0*", "90.0*", "1.2", "s"]
    assert rows[1][2:5] == ["+", "text", "70.0="]
    assert "**" not in print_leaderboards(FER4D, records)


@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_of_a_leaderboard_is_wider_than_the_terminal(make_record, verbose):
    long = make_record(
        "alpha",
        0.9,
        title="A method whose title is longer than any column could be, and more",
        seconds=123456.0,
        reduced="30 of 101 subjects",
        protocol_title="all subjects, each tested once, by a classifier that was taught on the other nine folds",
    )
    lame = make_record("beta", metrics={}, predictions=(), reason="needs landmarks, " * 20, failed=True)
    lines = lines_of([long, lame], verbose=verbose)
    board = lines[lines.index("Synthetic faces: tenfold, linear probe, budget quick; changed: epochs 1") :]
    assert max(map(len, board)) <= WIDTH
    assert any("failed: needs landmarks" in line for line in board)
    assert any("reduced to 30 of 101 subjects" in line for line in board)


def test_made_faces_and_the_protocol_are_named(make_record):
    text = " ".join(print_leaderboards(FER4D, [make_record()]).split())
    said = "Protocol: everyone there is, 10 folds; made faces (synthetic), no recordings; 60 clips of 10 subjects."
    assert said in text
    assert "made faces" not in print_leaderboards(FER4D, [make_record(stand_in="")])


def test_differences_and_commands_are_for_those_who_ask(make_record):
    records = [make_record("smile_geometry", 0.5), make_record("alpha", 0.7)]
    assert "Differences" not in print_leaderboards(FER4D, records)
    verbose = print_leaderboards(FER4D, records, verbose=True)
    assert "Differences on the same clips" in verbose and "at commit c0ffee" in verbose
    assert verbose.index("Differences") < verbose.index(" 1 Alpha"), "the leaderboard comes last"


def test_where_nobody_could_be_measured_the_reason_is_said_once(make_record):
    gone = {"metrics": {}, "predictions": (), "groups": (), "clips": 0, "subjects": 0, "failed": True}
    text = print_leaderboards(FER4D, [make_record(name, reason="one subject alone", **gone) for name in "ab"])
    assert text.count("one subject alone") == 1 and "Not evaluated" in text


def test_a_floor_has_no_star_where_clips_show_several_classes(make_record):
    records = [make_record("alpha", 0.9, family="floor", multilabel=True), make_record("beta", multilabel=True)]
    assert "90.0*" not in print_leaderboards(FER4D, records)
    assert "50.0*" in print_leaderboards(FER4D, records)


def test_a_curve_shows_its_area_and_its_ends_and_a_heading_fits(make_record):
    metrics = {f"accuracy@{count}": Score(0.5, 0.4, 0.6) for count in (1, 2, 5, "all")} | {"area": Score(0.7, 0.6, 0.8)}
    few = [
        make_record(name, probe="few_labels", predictions=(), metrics=metrics, seed=seed)
        for name in "ab"
        for seed in (0, 2)
    ]
    lines = lines_of(few[:1] + few[2:3])
    assert max(map(len, lines)) <= WIDTH
    (head,) = (line for line in lines if line.endswith(" time"))
    assert head.split() == ["method", "knows", "area", "under", "the", "curve", "1", "all", "time"]


def test_what_is_not_told_apart_from_the_best_is_marked(make_record):
    rows = rows_of([make_record("alpha", 0.9), make_record("beta", 0.8), make_record("gamma", 0.1)])
    assert [row[3] for row in rows] == ["90.0*", "80.0=", "10.0"], "one clip in ten, and eight in ten"


def test_a_lone_method_is_tied_with_nobody(make_record):
    assert [row[3] for row in rows_of([make_record("alpha", 0.9)])] == ["90.0"]
