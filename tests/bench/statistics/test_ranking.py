"""4DME is ranked, compared and grouped by UF1: who always says the commonest class leads by accuracy, and is last."""

import dataclasses

import pytest

from bench.answer import Answer
from bench.statistics.ranking import main_metric
from bench.statistics.scores import score
from bench.suites import SUITES
from bench.tables.csv_rows import render_csv
from bench.tables.leaderboard import group_records, group_ties
from bench.tables.markdown import render

MER4D = SUITES["mer4d"]
CLASSES = ("Negative", "Positive", "Surprise")


def answer_all(say, several=False):
    """Twelve subjects, a fold each, show nine negative clips and one of each other class; `say` answers."""
    shown = [("Negative",)] * 9 + [("Positive",), ("Positive", "Surprise") if several else ("Surprise",)]
    return tuple(
        Answer(f"S{s}/{n}", f"S{s}", s, truth, say(truth, s + n)) for s in range(12) for n, truth in enumerate(shown)
    )


def say_commonest(_truth, _place):
    """Right in all negative clips and in no other."""
    return ("Negative",)


def say_all_alike(truth, place):
    """Right in two of three of every class."""
    return truth if place % 3 else (CLASSES[(CLASSES.index(truth[0]) + 1) % 3],)


SAYS = {"commonest": say_commonest, "balanced": say_all_alike}


def make_table(make_record, several=False):
    protocol = "fourdme_5class" if several else "fourdme_3class_loso"
    setting = {"suite": "mer4d", "data_set": "fourdme", "protocol": protocol, "stand_in": ""}
    records = []
    for name, say in SAYS.items():
        told = answer_all(say, several)
        records.append(
            make_record(name, predictions=told, metrics=score(told, 0, several), multilabel=several, **setting)
        )
    return records


@pytest.mark.parametrize("several", [False, True])
def test_uf1_orders_groups_and_compares(make_record, several):
    records = make_table(make_record, several)
    scores = {one.method: one.metrics for one in records}
    assert scores["commonest"]["accuracy"].value > scores["balanced"]["accuracy"].value
    (board,) = group_records(MER4D, records)
    assert [one.first.method for one in board.standings] == ["balanced", "commonest"]
    assert group_ties(board.standings) == {"balanced": 1, "commonest": 2}
    suite = dataclasses.replace(MER4D, references=("commonest",))
    text = render(suite, records)
    named = "macro UF1" if several else "macro F1 (UF1)"
    assert f"ranked and compared by {named}, the predictions of all folds" in text
    gain = 100 * (scores["balanced"]["macro_f1"].value - scores["commonest"]["macro_f1"].value)
    assert f"{gain:+.1f} [" in text.partition("### Differences on the same clips")[2] and gain > 20
    rows = [line.split(",") for line in render_csv(records, ("commonest",)).splitlines()]
    column = {name: rows[0].index(name) for name in ("method", "metric", "tie_group", "p")}
    told = {(row[column["method"]], row[column["metric"]]): row[column["tie_group"]] for row in rows[1:]}
    assert told["balanced", "macro_f1"] == "1" and told["balanced", "accuracy"] == ""


def test_the_two_ways_to_count_are_told_in_words(make_record):
    text = render(MER4D, make_table(make_record))
    said = text.partition("### Pooled and by fold")[2]
    assert "; Balanced leads either way." in said and "By fold, macro F1 is" in said
    # Every fold has the same clips of every class, so that recalls are the same by fold.
    assert "By fold, UAR is the same." in said


@pytest.mark.parametrize(
    ("protocol", "probe", "metric"),
    [
        ("fourdme_3class_loso", "linear_probe", "macro_f1"),
        ("fourdme_5class_reduced", "nearest", "macro_f1"),
        ("fourdme_5class+bu3dfe_reduced", "linear_probe", "macro_f1"),
        ("fourdme_5class", "few_labels", "area"),
        ("fourdme_5class", "identity", "accuracy"),
        ("bp4d_41", "linear_probe", "accuracy"),
        ("tenfold", "of another version", "accuracy"),
    ],
)
def test_the_probe_says_by_what_methods_are_ranked_unless_a_contest_does(make_record, protocol, probe, metric):
    assert main_metric(make_record(protocol=protocol, probe=probe)) == metric
