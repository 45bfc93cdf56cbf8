"""Groups are those of the tested subjects, scored each for itself."""

import dataclasses

import pytest

from bench.answer import Answer
from bench.record import read_record, write_record
from bench.statistics.scores import score
from bench.statistics.subgroups import Subgroup, score_subgroups
from bench.suites import SUITES
from bench.tables.markdown import render
from tests.rows import facts


def examine(make_clips, known, right):
    """Views of two clips a subject, and predictions of which the first is always right."""
    rows = [(who, what, more) for who, more in known.items() for what in ("anger", "fear")]
    views = make_clips("bu3dfe", rows)
    said = [
        Answer(clip, who, 0, truth, truth if truth == ("anger",) or who in right else ("anger",))
        for clip, who, truth in zip(views.clip_ids, views.subjects, views.labels, strict=True)
    ]
    return views, said


PEOPLE = {
    "F1": {"sex": "F", "ancestry": "White"},
    "F2": {"sex": "F", "ancestry": "Black"},
    "M1": {"sex": "M", "ancestry": "White"},
    "M2": {"sex": "M"},
}


def test_each_group_is_scored_over_its_own_subjects(make_clips):
    views, said = examine(make_clips, PEOPLE, right=("F1", "F2", "M2"))
    found = {(one.attribute, one.value): one for one in score_subgroups(said, views, 0)}
    counts = {key: (one.subjects, one.clips, one.accuracy.value) for key, one in found.items()}
    assert counts == {
        ("sex", "F"): (2, 4, 1.0),
        ("sex", "M"): (2, 4, 0.75),
        ("ancestry", "Black"): (1, 2, 1.0),
        ("ancestry", "White"): (2, 4, 0.75),
    }
    women = [one for one in said if one.subject.startswith("F")]
    assert found["sex", "F"].accuracy == score(women, 0)["accuracy"]


def test_groups_of_several_classes_come_in_order_and_are_scored_as_such(make_clips):
    people = {f"S{number}": {"ancestry": name} for number, name in enumerate("FBDACE")}
    shown = (("others",), ("others", "positive"))
    views = make_clips("fourdme", [(who, what, known) for who, known in people.items() for what in shown])
    joint = ["+".join(labels) for labels in views.labels]
    said = [
        Answer(clip, who, 0, truth, "others")
        for clip, who, truth in zip(views.clip_ids, views.subjects, joint, strict=True)
    ]
    groups = score_subgroups(said, views, 3, multilabel=True)
    assert [one.value for one in groups] == list("ABCDEF")
    assert {one.accuracy.value for one in groups} == {0.5}


def test_only_tested_subjects_count_and_one_value_is_no_grouping(make_clips):
    views, said = examine(make_clips, PEOPLE, right=())
    assert score_subgroups([one for one in said if one.subject == "F1"], views, 0) == ()
    assert {one.attribute for one in score_subgroups([o for o in said if o.subject[0] == "F"], views, 0)} == {
        "ancestry"
    }


@pytest.mark.parametrize("change", [{"clips": facts("abcd", ["F1", "F2", "M1", "M2"])}, {"stand_in": "synthetic"}])
def test_unknown_and_made_people_have_no_groups(make_clips, change):
    views, said = examine(make_clips, PEOPLE, right=())
    assert score_subgroups(said, dataclasses.replace(views, **change), 0) == ()


def test_groups_are_kept_in_the_record_and_shown_with_their_size(tmp_path, make_clips, make_record):
    views, said = examine(make_clips, PEOPLE, right=("F1", "F2"))
    record = make_record(stand_in="", subgroups=score_subgroups(said, views, 0))
    assert read_record(write_record(tmp_path, record)) == record
    assert all(isinstance(one, Subgroup) for one in record.subgroups)
    text = render(SUITES["fer4d"], [record, make_record("beta", stand_in="")])
    table = text[text.index("### Accuracy by sex") :].split("\n\n")[1]
    assert "F (2 subjects)" in table and "M (2 subjects)" in table
    assert "| Alpha" in table and "100.0 [100.0, 100.0]" in table and "50.0 [50.0, 50.0]" in table
    assert "| Beta" not in table
    assert "by sex" not in render(SUITES["fer4d"], [make_record()])
