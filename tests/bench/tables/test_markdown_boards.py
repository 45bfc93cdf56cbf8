"""Matrix, headings, figures and seeds of the written leaderboard."""

import re

import pytest

from bench.figures.drawing import draw_figures
from bench.record import write_record
from bench.statistics.intervals import Score
from bench.suites import BUDGETS, make_config
from bench.tables.leaderboard import group_records
from bench.tables.markdown import render
from smile.config import to_dict
from tests.bench.tables.test_markdown import FER4D, cell, lines_of


def test_all_methods_stand_in_one_matrix_first_and_every_number_leads_to_its_record(tmp_path, make_record):
    records = [
        make_record("pixels", 0.5, family="floor"),
        make_record("smile_geometry", 0.7, knows="+ text"),
        make_record("pixels", 0.9, family="floor", data_set="bu4dfe", data_set_title="BU-4DFE", stand_in=""),
    ]
    for record in records:
        write_record(tmp_path, record)
    text = render(FER4D, records)
    matrix, _, rest = text.partition("## BU-4DFE: tenfold")
    assert "## All methods at a glance" in matrix and "1. BU-4DFE: tenfold" in matrix and rest
    assert cell(matrix, "Pixels", "1: BU-4DFE") == "90.0"
    assert cell(matrix, "Pixels", "2: Synthetic faces") == "50.0 ="
    assert cell(matrix, "Smile_Geometry", "2: Synthetic faces") == "**70.0**"
    assert cell(matrix, "Smile_Geometry", "1: BU-4DFE") == "-"
    assert cell(matrix, "Smile_Geometry", "knows") == "+ text"
    links = re.findall(r"\[\**[\d.]+\**\]\(([^)]*)\)", text)
    assert len(links) == 3 + 3 * 3
    assert all((tmp_path / link).is_file() for link in links)


@pytest.mark.usefixtures("unpainted")
def test_figures_stand_in_their_section_and_are_drawn_there(tmp_path, make_record):
    records = [make_record(*one) for one in (("smile_geometry", 0.5), ("alpha", 0.7), ("beta", 0.6))]
    text = render(FER4D, records)
    drawn = {path.relative_to(tmp_path).as_posix() for path in draw_figures(tmp_path, FER4D, records)}
    linked = set(re.findall(r"\((figures/[^)]*)\)", text))
    assert linked == drawn and len(linked) == 7
    title = "Synthetic faces: tenfold, linear probe, budget quick; changed: epochs 1 (stand-in: synthetic)"
    assert lines_of(text, f"![accuracy: {title}](figures/fer4d/")


def test_a_changed_setting_stands_in_the_heading(make_record):
    usual = make_config(FER4D, BUDGETS["quick"], {})
    changes = {"training.epochs": 4, "losses.alignment.weight": 0.5, "rendering.channels": ("movement_depth",)}
    plain = make_record(config=to_dict(usual))
    seeded = make_record(config=to_dict(make_config(FER4D, BUDGETS["quick"], changes)), seed=3)
    heads = lines_of(render(FER4D, [plain, seeded]), "## Synthetic")
    start = "## Synthetic faces: tenfold, linear probe, budget quick"
    assert set(heads) == {
        start,
        f"{start}; changed: channels movement_depth, alignment.weight 0.5, epochs 4, seed 3",
    }


def test_a_condition_and_seeds_stand_in_the_heading_and_every_seed_is_linked(tmp_path, make_record):
    worse = {"condition": "occluded", "condition_title": "behind a hand"}
    records = [make_record("alpha", accuracy, seed=seed, **worse) for seed, accuracy in enumerate((0.4, 0.6))]
    for record in records:
        write_record(tmp_path, record)
    text = render(FER4D, records)
    head = "## Synthetic faces: tenfold, linear probe, tested faces behind a hand, budget quick"
    head += "; changed: epochs 1, seeds 0-1"
    assert lines_of(text, head) == [head]
    links = re.findall(r"\[([01])\]\(([^)]*)\)", text)
    assert [seed for seed, _ in links] == ["0", "1"] and all((tmp_path / link).is_file() for _, link in links)
    assert cell(text, "Alpha", "accuracy").startswith("58.3 [")  # anger is right by default: 1/6 + 5/6 of a half


def test_what_few_labels_teach_is_ranked_by_its_area_and_who_is_known_by_the_least(make_record):
    curve = {name: Score(0.5, 0.4, 0.6) for name in ("accuracy@1", "accuracy@all")}
    few = [
        make_record(name, probe="few_labels", predictions=(), metrics=curve | {"area": Score(area, 0.1, 0.9)})
        for name, area in (("alpha", 0.5), ("beta", 0.7))
    ]
    text = render(FER4D, few)
    assert cell(text, "Beta", "1: Synthetic faces") == "**70.0**"
    assert cell(text, "Beta", "area under the curve") == "**70.0** [10.0, 90.0]"
    assert "recall" not in text.partition("## Synthetic faces")[2]
    known = [make_record(name, value, probe="identity") for name, value in (("alpha", 0.5), ("beta", 0.7))]
    boards = group_records(FER4D, known)
    assert [one.first.method for one in boards[0].standings] == ["alpha", "beta"]
    assert cell(render(FER4D, known), "Alpha", "1: Synthetic faces") == "**50.0**"


def test_two_settings_never_share_a_heading_or_a_figure(make_record):
    records = [make_record("alpha", data_hash=value) for value in "de"]
    heads = lines_of(render(FER4D, records), "## Synthetic")
    assert [head.rpartition("; ")[2] for head in heads] == ["data hash d", "data hash e"]
    boards = group_records(FER4D, records)
    assert len({board.overviews["accuracy"] for board in boards}) == 2


def test_a_floor_is_never_bold_where_clips_show_several_classes(make_record):
    several = {"multilabel": True, "data_set": "bp4d", "data_set_title": "BP4D"}
    records = [
        make_record("alpha", 0.9, family="floor", **several),
        make_record("beta", 0.5, **several),
        make_record("gamma", 0.4, **several),
        make_record("delta", 0.3, family="floor", **several),
    ]
    text = render(FER4D, records)
    assert "**90.0" not in text and "**30.0" not in text
    assert cell(text, "Beta", "exact match").startswith("**50.0**")
    assert cell(text, "Beta", "1: BP4D") == "**50.0**"


def test_a_lower_number_is_better_where_the_probe_says_so(make_record):
    records = [make_record(name, right, probe="identity") for name, right in (("smile_geometry", 1.0), ("alpha", 0.0))]
    text = render(FER4D, records)
    assert cell(text, "Alpha", "accuracy").startswith("**0.0**")
    told = text.partition("### Differences on the same clips")[2]
    assert cell(told, "Alpha", "minus Smile_Geometry") == "-83.3 [-83.3, -83.3], p = 0.002, better"
    assert "lower is better" in told


def test_seeds_share_a_row_and_are_named_with_the_command(make_record):
    text = render(FER4D, [make_record("alpha", accuracy, seed=seed) for seed, accuracy in ((0, 0.4), (2, 0.6))])
    assert len(lines_of(text, "| [Alpha")) == 1
    assert cell(text, "Alpha", "accuracy").startswith("58.3 [")
    assert "at commit c0ffee, seeds 0, 2, on a CPU" in text


def test_conditions_have_tables_of_their_own_that_say_what_was_done(make_record):
    hidden = make_record(condition="occluded", condition_title="part hidden by hair, glasses or a hand")
    text = render(FER4D, [make_record(), hidden])
    assert "linear probe, tested faces part hidden by hair, glasses or a hand, budget quick" in text
    assert text.count("### Learnt without labels") == 2
