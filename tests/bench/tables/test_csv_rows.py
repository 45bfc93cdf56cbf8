"""Rows for programs have fractions, and say what must agree before two of them are compared."""

import csv
import io

import pytest

from bench.answer import SubjectTally
from bench.methods.cost import Cost
from bench.statistics.scores import score_findings
from bench.suites import SUITES, choose_budget, make_config
from bench.tables.csv_rows import COLUMNS, defuse, list_changes, render_csv
from smile.config import to_dict


def rows_of(records, references=()):
    return list(csv.DictReader(io.StringIO(render_csv(records, references))))


def test_csv_has_the_columns_and_fractions(make_record):
    rows = rows_of([make_record(accuracy=0.5)])
    assert tuple(rows[0]) == COLUMNS
    assert " ".join(COLUMNS) == (
        "suite suite_version data_set stand_in protocol protocol_version protocol_hash budget condition probe "
        "method family knows uses_labels trials metric value low high by_fold tie_group p clips subjects reduced "
        "seconds parameters gflops steps pictures memory seed settings record audit reason"
    )
    assert [row["metric"] for row in rows] == ["accuracy", "macro_f1", "uar"]
    part = make_record(clips=72, subjects=12, reduced="12 of 101 subjects")
    (row, *_) = rows_of([part])
    assert (row["clips"], row["subjects"], row["reduced"]) == ("72", "12", "12 of 101 subjects")
    assert (rows[0]["value"], rows[0]["low"], rows[0]["high"]) == ("0.5", "0.4", "0.6")
    assert (rows[0]["seconds"], rows[0]["seed"], rows[0]["knows"]) == ("1.235", "0", "nothing")


@pytest.mark.parametrize(
    "change",
    [
        {"suite_version": 2},
        {"protocol_version": 2},
        {"protocol_hash": "other"},
        {"condition": "occluded"},
        {"probe": "nearest"},
        {"budget": "full"},
        {"stand_in": ""},
    ],
)
def test_csv_rows_that_cannot_be_compared_differ_before_the_method(make_record, change):
    rows = [render_csv([record]).splitlines()[1] for record in (make_record(), make_record(**change))]
    assert rows[0].partition(",alpha,")[0] != rows[1].partition(",alpha,")[0]
    assert rows[0].partition(",alpha,")[2] == rows[1].partition(",alpha,")[2]


def test_csv_keeps_methods_without_a_result(make_record):
    rows = rows_of([make_record(metrics={}, reason="needs landmarks")])
    assert len(rows) == 3
    assert {row["value"] for row in rows} == {""}
    (area,) = rows_of([make_record(metrics={}, reason="needs landmarks", probe="few_labels")])
    assert (area["metric"], area["value"]) == ("area", "")


@pytest.mark.parametrize("line", range(2))
def test_costs_alone_change_no_other_column(make_record, line):
    first, second = make_record(seconds=1.0), make_record(seconds=2.0)
    before, after = (rows_of([record])[line] for record in (first, second))
    assert {name for name in COLUMNS if before[name] != after[name]} == {"seconds"}


def test_a_row_says_what_its_method_costs(make_record):
    cost = Cost(1200, 0.0123456, 40, 3840, 1.5)
    (row, *_) = rows_of([make_record(cost=cost)])
    assert [row[name] for name in Cost.__dataclass_fields__] == ["1200", "0.01235", "40", "3840", "1.5"]
    assert {rows_of([make_record()])[0][name] for name in Cost.__dataclass_fields__} == {""}


def test_several_seeds_have_a_row_each_and_one_over_all_without_a_seed(make_record):
    rows = rows_of([make_record(accuracy=0.4, seed=0), make_record(accuracy=0.6, seed=3)])
    assert [(row["seed"], row["metric"]) for row in rows[::3]] == [
        ("0", "accuracy"),
        ("3", "accuracy"),
        ("", "accuracy"),
    ]
    # Anger is right by default: of six clips a subject, five count.
    assert float(rows[6]["value"]) == pytest.approx(1 / 6 + 5 / 6 * 0.5)
    assert (rows[6]["record"], rows[0]["record"]) == ("", "i")


def test_p_is_that_of_the_difference_to_the_first_reference_in_the_row_over_all_seeds(make_record):
    records = [
        make_record(name, accuracy, seed=s) for s in (0, 1) for name, accuracy in (("alpha", 0.9), ("beta", 0.1))
    ]
    rows = rows_of(records, ("missing", "beta"))
    assert {(row["method"], row["seed"], row["metric"]): row["p"] for row in rows if row["p"]} == {
        ("alpha", "", "accuracy"): "0.007812"
    }
    assert [row["p"] for row in rows_of(records[:2], ("beta",)) if row["p"]] == ["0.007812"]


def test_a_curve_has_a_row_for_each_number_of_labelled_subjects_and_one_for_its_area(make_record):
    tallies = tuple(
        SubjectTally(f"accuracy@{count}", count, {"F1": right, "F2": right}, {"F1": 4, "F2": 4})
        for count, right in ((1, 1), (2, 2), (4, 3))
    )
    record = make_record(probe="few_labels", predictions=(), tallies=tallies)
    scores = score_findings([record.findings], 0)
    rows = rows_of([make_record(probe="few_labels", predictions=(), tallies=tallies, metrics=scores)])
    assert {row["metric"]: float(row["value"]) for row in rows} == {
        "accuracy@1": 0.25,
        "accuracy@2": 0.5,
        "accuracy@4": 0.75,
        "area": 0.5,
    }


def test_settings_say_what_differs_from_the_recipe():
    config = make_config(SUITES["fer4d"], choose_budget("quick"), {"losses.alignment.weight": "0.5"})
    held = to_dict(config)
    del held["training"]["seed"]
    assert list_changes(held) == f"losses.alignment.weight=0.5; training.epochs={config.training.epochs}"


@pytest.mark.parametrize("begin", "=+-@\t")
def test_no_spreadsheet_takes_a_text_for_a_formula(make_record, begin):
    (row, *_) = rows_of([make_record(stand_in=f"{begin}1+1")])
    assert row["stand_in"] == f"'{begin}1+1"


def test_what_is_no_text_or_no_formula_stays_as_it_is():
    given = [-0.25, None, "a=b", ""]
    assert [defuse(cell) for cell in given] == given
