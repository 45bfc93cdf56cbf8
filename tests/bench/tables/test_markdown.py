"""Tables say everything that a reader must know, in bytes that depend on the records alone."""

import re

import pytest

from bench.audit.captions import CaptionAudit
from bench.protocols.plan import Group
from bench.record import read_records, write_record
from bench.suites import SUITES
from bench.tables.literature.published import PUBLISHED
from bench.tables.markdown import render, write_tables

FER4D, FEW = SUITES["fer4d"], SUITES["few"]


def lines_of(text, word):
    return [line for line in text.splitlines() if word in line]


def top_of(lines, at):
    """The heads of the table in which a line stands."""
    while lines[at - 1].startswith("|"):
        at -= 1
    return [head.strip() for head in lines[at].strip("|").split("|")]


def cell(text, row, column):
    """The text of one cell of the table in which `row` stands."""
    lines = re.sub(r"\[([^][]*)\]\([^)]*\)", r"\1", text).splitlines()  # links become what they show
    at = next(
        n for n, line in enumerate(lines) if re.match(rf"\| {re.escape(row)} +\|", line) and column in top_of(lines, n)
    )
    return lines[at].strip("|").split("|")[top_of(lines, at).index(column)].strip()


def test_tables_are_rebuilt_to_the_byte_from_the_records_on_disk(tmp_path, make_record):
    records = [make_record("alpha", 0.5), make_record("beta", 0.6, family="floor")]
    for record in records:
        write_record(tmp_path, record)
    text = write_tables(tmp_path, FER4D, records)
    first = [(tmp_path / name).read_bytes() for name in ("fer4d.md", "fer4d.csv")]
    assert first[0].decode() == text
    found, _ = read_records(tmp_path, "fer4d")
    write_tables(tmp_path, FER4D, found)
    assert [(tmp_path / name).read_bytes() for name in ("fer4d.md", "fer4d.csv")] == first


def test_the_best_is_bold_in_each_table_and_metric(make_record):
    records = [
        make_record("alpha", 0.5),
        make_record("beta", 0.7),
        make_record("gamma", 0.9, family="supervised", uses_labels=True),
        make_record("delta", 0.8, family="supervised", uses_labels=True),
    ]
    text = render(FER4D, records)
    for row, bold in {"Alpha": False, "Beta": True, "Gamma": True, "Delta": False}.items():
        for metric in ("accuracy", "macro F1", "UAR"):
            assert cell(text, row, metric).startswith("**") is bold, (row, metric)
    assert cell(text, "Beta", "accuracy") == "**70.0** [60.0, 80.0]"


def test_equals_are_both_bold_and_a_lone_row_is_not(make_record):
    text = render(FER4D, [make_record("alpha", 0.7), make_record("beta", 0.7), make_record("gamma", family="floor")])
    assert cell(text, "Alpha", "UAR").startswith("**")
    assert cell(text, "Beta", "UAR").startswith("**")
    assert not cell(text, "Gamma", "UAR").startswith("**")


def test_families_stand_apart_and_the_use_of_labels_is_said(make_record):
    records = [
        make_record("alpha", family="floor"),
        make_record("beta", family="vision-language"),
        make_record("gamma", family="supervised", uses_labels=True),
    ]
    text = render(FER4D, records)
    parts = ("### Floors", "| [Alpha", "### Learnt without labels", "| [Beta", "### Learnt with labels", "| [Gamma")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert cell(text, "Beta", "uses labels") == "no"
    assert cell(text, "Gamma", "uses labels") == "yes"


def test_every_table_of_a_stand_in_says_so_and_no_table_of_recordings_does(make_record):
    records = [make_record(family, family=family) for family in ("floor", "unsupervised", "supervised")]
    heads = lines_of(render(FER4D, records), "### ")
    assert len(heads) == 3
    assert all("stand-in: synthetic" in head for head in heads)
    real = [make_record("alpha", data_set="bu4dfe", data_set_title="BU-4DFE", stand_in="")]
    assert "stand-in" not in render(FER4D, real).lower()


def test_counts_and_skipped_clips_are_named(make_record, skipped):
    text = render(FER4D, [make_record(skipped=skipped)])
    assert "60 clips of 10 subjects" in text
    assert "Skipped clips: 1: F001/anger (frame 3 is truncated)" in text
    assert "pretrained on 2 other subjects" in text


def test_names_that_are_probably_one_are_told_above_the_numbers(make_record):
    assert "Names:" not in render(FER4D, [make_record()])
    text = render(FER4D, [make_record(groups=(Group(("M001", "f3", "m001 "), (0, 1)),))])
    (line,) = lines_of(text, "**Names:")
    assert "'M001' and 'm001 ' are 2 subjects" in line and "'F3' and 'f3' are 2 subjects" in line
    assert text.index(line) < text.index("| Alpha ")


def test_what_captions_tell_stands_below_the_methods_that_have_them(make_record):
    audit = CaptionAudit(clips=60, silent=2, distinct=40, information=0.5, adjusted=0.25, accuracy=0.625)
    text = render(FER4D, [make_record("alpha", captions=audit), make_record("beta")])
    rows = [line for line in text.partition("### What the captions tell")[2].splitlines() if line.startswith("|")]
    assert [part.strip() for part in rows[2].split("|")[1:-1]] == ["Alpha", "40 of 60", "50.0", "25.0", "62.5"]
    assert len(rows) >= 3 and "Beta" not in rows[2]
    assert "What the captions tell" not in render(FER4D, [make_record("beta")])


def test_a_failed_and_an_unsuitable_method_keep_their_rows_with_the_reason(make_record):
    records = [
        make_record("alpha"),
        make_record("beta", metrics={}, predictions=(), reason="needs landmarks"),
        make_record("gamma", metrics={}, predictions=(), reason="ValueError: a|b\nc", failed=True),
    ]
    text = render(FER4D, records)
    assert cell(text, "Beta", "accuracy") == "needs landmarks"
    assert "failed: ValueError: a\\|b c" in "".join(lines_of(text, "| Gamma"))
    assert not cell(text, "Alpha", "accuracy").startswith("**"), "one scored row has no rival"


def test_where_nobody_could_be_measured_the_reason_stands_once(make_record):
    gone = {"metrics": {}, "predictions": (), "groups": (), "clips": 0, "subjects": 0, "failed": True}
    records = [make_record(name, reason="1 subject(s) cannot make 10 folds", **gone) for name in ("alpha", "beta")]
    assert render(FER4D, records).count("1 subject(s) cannot make") == 1


def test_data_sets_without_data_have_a_row_each(make_record):
    rows = lines_of(render(FER4D, [make_record(data_set="bu4dfe", data_set_title="BU-4DFE")]), "no data given")
    assert [re.match(r"\| (\S+)", row).group(1) for row in rows] == ["BP4D"]
    rows = lines_of(render(FEW, [make_record(data_set="bu4dfe", data_set_title="BU-4DFE")]), "no data given")
    assert [re.match(r"\| (\S+)", row).group(1) for row in rows] == ["BU-3DFE", "Bosphorus", "BP4D", "4DME"]


def test_results_of_different_settings_never_share_a_table(make_record):
    text = render(FER4D, [make_record("alpha", 0.5), make_record("beta", 0.9, config={"training": {"epochs": 9}})])
    assert text.count("### Learnt without labels") == 2
    assert not cell(text, "Alpha", "UAR").startswith("**")
    assert not cell(text, "Beta", "UAR").startswith("**")


def test_published_numbers_come_last_and_ours_is_not_available(make_record):
    text = render(FER4D, [make_record()])
    ours, literature = text.split("## From the literature")
    assert "96.50" in literature and "96.50" not in ours
    assert "not available" in lines_of(literature, "SMILE-VLM (published)")[0]


def test_command_commit_and_seed_are_said(make_record):
    assert "`python -m bench.run --suite fer4d` at commit c0ffee, seed 7" in render(FER4D, [make_record(seed=7)])


def test_numbers_of_the_literature_are_in_the_order_of_their_years():
    rows = [line.split("|")[1:] for line in render(FEW, []).splitlines() if "](https://" in line]
    titles = ["not stated", *FEW.data_sets.values()]
    order = [(titles.index(row[0].strip()), int(row[2])) for row in rows]
    assert len(order) == len(PUBLISHED) and order == sorted(order)


def test_the_protocol_is_named_with_version_and_hash_and_a_reduced_one_says_so(make_record):
    whole = render(FER4D, [make_record(protocol="bu4dfe_101", protocol_hash="c4a8", protocol_title="all, 10 folds")])
    assert "## Synthetic faces: bu4dfe_101, linear probe, budget quick" in whole
    assert "Protocol `bu4dfe_101` (version 1, split c4a8): all, 10 folds." in whole
    assert "reduced" not in whole.lower()
    part = render(FER4D, [make_record(protocol="bu4dfe_101_reduced", reduced="30 of 101 subjects")])
    assert "**Reduced: 30 of 101 subjects. This is not the protocol's result" in part
    assert "## Synthetic faces: bu4dfe_101_reduced" in part


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": "bu3dfe_p2"},
        {"protocol_version": 2},
        {"protocol_hash": "x"},
        {"probe": "nearest"},
        {"condition": "occluded"},
    ],
)
def test_results_of_different_protocols_never_share_a_table(make_record, change):
    text = render(FER4D, [make_record("alpha", 0.5), make_record("beta", 0.9, **change)])
    assert text.count("### Learnt without labels") == 2


def test_rounds_are_said_to_be_averaged_and_one_fold_to_be_taught_elsewhere(make_record):
    assert "in 100 rounds of 2 subject-independent folds, averaged" in render(FER4D, [make_record(rounds=100)])
    across = make_record(groups=(Group(("bu4dfe:F001",), (0,)),))
    assert "each tested once, by a classifier that was taught on other subjects" in render(FER4D, [across])


def test_several_classes_a_clip_have_headings_of_their_own(make_record):
    text = render(FER4D, [make_record(multilabel=True)])
    assert cell(text, "Alpha", "exact match") == cell(text, "Alpha", "macro UF1") == "50.0 [40.0, 60.0]"
    assert "A clip may show several classes" in text


def test_methods_are_held_against_the_references_of_the_suite(make_record):
    records = [
        make_record("smile_geometry", 0.0),
        make_record("alpha", 1.0),
        make_record("beta", 0.0),
        make_record("gamma", 0.4),
        make_record("smile_pseudo", 1.0),
    ]
    text = render(FER4D, records).partition("### Differences on the same clips")[2]
    geometry, pseudo = "minus Smile_Geometry", "minus Smile_Pseudo"
    assert cell(text, "Beta", geometry) == "+0.0 [+0.0, +0.0], p = 1.000, not told apart"
    # Anger is right by default: 5 of 6 classes count. Ten subjects agree: 2 of 2^10 flips, times the pairs left.
    assert cell(text, "Alpha", geometry) == "+83.3 [+83.3, +83.3], p = 0.014, better"
    assert cell(text, "Beta", pseudo) == "-83.3 [-83.3, -83.3], p = 0.014, worse"
    assert cell(text, "Gamma", geometry).startswith("+33.3 [+8.3") and cell(text, "Gamma", geometry).endswith("apart")
    assert cell(text, "Smile_Geometry", geometry) == cell(text, "Smile_Pseudo", pseudo) == "-"
    assert "With these 10 subjects, four of five differences of" in text


def test_a_reference_that_was_not_measured_holds_nobody(make_record):
    records = [make_record("smile_geometry", 0.5), make_record("alpha", 0.9)]
    assert "minus Smile_Pseudo" not in render(FER4D, records)
    assert not lines_of(render(FER4D, records[1:]), "### Differences")
