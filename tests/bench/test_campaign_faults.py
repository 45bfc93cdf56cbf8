"""What cannot be measured keeps a row with its reason, and the others go on."""

import dataclasses

from bench.methods import METHODS
from bench.methods.method import Method, Unsuitable
from bench.suites import choose_suite
from bench.tables.markdown import render
from smile.data.face import EXPRESSIONS
from tests.bench.campaigns import Quiet, campaign_in, forbid, run_campaign
from tests.rows import facts


def test_one_subject_gives_rows_with_the_reason_and_the_other_data_set_goes_on(tmp_path, make_views):
    alone = make_views(subjects=1, data_set="bu4dfe", title="BU-4DFE", stand_in="")
    alone = dataclasses.replace(alone, clips=facts("abcdef", alone.subjects, alone.labels, [{"sex": "F"}] * 6))
    records = run_campaign(campaign_in(tmp_path), [alone, make_views()], Quiet())
    assert [record.failed for record in records] == [True] * 4 + [False] * 4
    assert "1 subject(s)" in records[0].reason
    text = render(choose_suite("fer4d"), records)
    assert text.count("Not evaluated: protocol bu4dfe_101: 1 subject(s)") == 1
    assert "Raw pixels" in text


def test_one_class_and_one_subject_a_class_are_not_measured(tmp_path, make_views):
    views = make_views()
    one = views.relabel([("anger",)] * len(views))
    names = [f"S{list(EXPRESSIONS).index(name)}" for (name,) in views.labels]
    apart = dataclasses.replace(views, clips=facts(views.clip_ids, names, views.labels))
    for given, words in ((one, "1 class(es) count (anger), and several subjects show 1"), (apart, "6 class(es) count")):
        (record,) = run_campaign(campaign_in(tmp_path / words[0], ("majority",)), [given], Quiet())
        assert record.failed and record.metrics == {} and words in record.reason


def test_a_class_that_one_subject_alone_shows_is_named(tmp_path, make_views):
    views = make_views()
    labels = [("boredom",) if row == 0 else own for row, own in enumerate(views.labels)]
    everyone = campaign_in(tmp_path, ("majority",), budget="standard")
    (record,) = run_campaign(everyone, [views.relabel(labels)], Quiet())
    assert "one subject alone shows boredom" in record.note and not record.failed


def test_a_failing_method_keeps_a_row_with_its_reason_and_the_others_go_on(tmp_path, make_views, monkeypatch):
    def fail(*_):
        raise ValueError("the tower fell over")

    monkeypatch.setitem(METHODS, "random", Method("Faulty", "unsupervised", fail))
    reporter = Quiet()
    records = run_campaign(campaign_in(tmp_path, ("majority", "random", "smile_none")[:2]), [make_views()], reporter)
    assert [(r.method, r.failed, r.reason) for r in records] == [
        ("majority", False, ""),
        ("random", True, "ValueError: the tower fell over"),
    ]
    assert any("Traceback" in line for line in reporter.lines)
    text = render(choose_suite("fer4d"), records)
    assert "failed: ValueError: the tower fell over" in text


def test_a_failed_method_is_tried_again(tmp_path, make_views, monkeypatch):
    working, calls = METHODS["majority"], []

    def fail_once(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError
        return working.fit(*arguments)

    monkeypatch.setitem(METHODS, "majority", Method("Moody", "floor", fail_once))
    assert run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())[0].failed
    assert not run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())[0].failed


def test_data_without_landmarks_leave_a_row_that_says_so(tmp_path, make_views, monkeypatch):
    views = make_views(landmarks=None, landmark_scheme=None)
    records = run_campaign(campaign_in(tmp_path, ("landmarks", "smile_geometry")), [views], Quiet())
    assert [(r.reason, r.failed) for r in records] == [("needs landmarks", False)] * 2
    monkeypatch.setattr("bench.spread.errand.evaluate", forbid)
    assert run_campaign(campaign_in(tmp_path, ("landmarks",)), [views], Quiet())[0] == records[0]


def test_unsuitable_is_told_apart_from_a_fault(tmp_path, make_views, monkeypatch):
    def refuse(*_):
        raise Unsuitable("needs two faces")

    monkeypatch.setitem(METHODS, "majority", Method("Picky", "floor", refuse))
    (record,) = run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())
    assert (record.reason, record.failed, record.metrics) == ("needs two faces", False, {})
