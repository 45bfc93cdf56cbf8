"""Leaks in a record make its row red, with the reason; a clean record of any kind of probe is green."""

from dataclasses import replace

import pytest

from bench.answer import SubjectTally
from bench.audit import rows
from bench.audit.alarm import Alarm
from bench.audit.captions import CaptionAudit, audit_captions
from bench.audit.copies import Copy
from bench.audit.likeness import judge_likeness
from bench.audit.rows import audit_records, grade_captions
from bench.audit.scans import Likeness, Shot
from bench.protocols.plan import Group
from bench.record import read_record, record_path, write_record
from bench.standings import gather_seeds, judge
from smile.atomic import read_json, write_json
from smile.data.face import EXPRESSIONS
from smile.digests import digest


def grade(record):
    return audit_records([record])


def pretrain(record, *names, folds=(0, 1)):
    return replace(record, groups=(Group(names, folds),))


def test_a_clean_record_is_green(make_record):
    assert str(grade(make_record())) == "green"
    tallies = (SubjectTally("area", 0, {"F1": 1.0}, {"F1": 2.0, "F2": 2.0}),)
    assert str(grade(make_record(predictions=(), tallies=tallies))) == "green"


@pytest.mark.parametrize("name", ["F1", "f1", "F 01", "F_001"])
def test_pretraining_on_a_tested_subject_is_red_under_every_spelling(make_record, name):
    found = grade(pretrain(make_record(), "M001", name))
    assert (found.colour, found.alarms[0].check) == ("red", "pretraining")
    assert repr(name) in found.reason
    tallied = make_record(predictions=(), tallies=(SubjectTally("area", 0, {}, {"F1": 2.0}),))
    assert grade(pretrain(tallied, "M001", name)).red


def test_an_encoder_that_serves_other_folds_may_know_a_subject(make_record):
    groups = (Group(("F1", "M1"), (0,)), Group(("F2", "M1"), (1,)))  # F1 is tested in fold 1, F2 in fold 0
    assert grade(replace(make_record(), groups=groups)).colour == "green"
    assert grade(replace(make_record(), groups=groups[::-1])).colour == "green"
    turned = (replace(groups[0], folds=(1,)), replace(groups[1], folds=(0,)))
    assert grade(replace(make_record(), groups=turned)).red


def test_a_subject_under_two_names_in_two_folds_is_red(make_record):
    record = make_record()
    twin = [
        replace(one, subject="f_1", clip=f"x{one.clip}", fold=0) for one in record.predictions if one.subject == "F1"
    ]
    found = grade(replace(record, predictions=(*record.predictions, *twin)))
    assert found.red and "'F1' and 'f_1'" in found.reason.replace("'f_1' and 'F1'", "'F1' and 'f_1'")
    same_fold = tuple(replace(one, fold=1) for one in twin)
    assert not grade(replace(record, predictions=(*record.predictions, *same_fold))).red


def test_captions_that_are_labels_are_red_unless_the_method_says_so(make_record):
    subjects = [f"s{n}" for n in range(10) for _ in EXPRESSIONS]
    labels = [(name,) for _ in range(10) for name in EXPRESSIONS]
    plain = [f"mouth {n * n % 5}, brows {n % 7}" for n in range(len(labels))]
    hidden = [f"{said}, a {own[0]} face" for said, own in zip(plain, labels, strict=True)]
    for captions, colour in ((plain, []), (hidden, ["red"]), ([own[0] for own in labels], ["red"])):
        audit = audit_captions(captions, labels, subjects, 0)
        assert [alarm.colour for alarm in grade_captions(audit, uses_labels=False)] == colour
        assert grade_captions(audit, uses_labels=True) == []
    nearly = CaptionAudit(60, 0, 6, 0.9, 0.85, 0.9)
    assert grade(make_record(captions=nearly)).colour == "amber"


def test_a_probe_that_peeks_makes_its_row_red(make_record, monkeypatch):
    monkeypatch.setattr(rows, "reads_tested_labels", lambda probe: probe == "linear_probe")
    assert [alarm.check for alarm in grade(make_record()).alarms] == ["choice"]
    assert not grade(make_record(probe="nearest")).red


def test_a_saved_model_is_amber(make_record):
    assert grade(make_record(family="pretrained")).colour == "amber"


def test_a_red_row_is_no_reference_and_is_compared_with_nothing(make_record):
    records = [make_record("alpha", 0.9), make_record("beta", 0.2), make_record("gamma", 0.8)]
    fair = judge(gather_seeds(records), ["alpha", "beta"])
    assert ("gamma", "alpha") in fair
    records[0] = pretrain(records[0], "F1")
    found = judge(gather_seeds(records), ["alpha", "beta"])
    assert set(found) == {("gamma", "beta")}
    assert found["gamma", "beta"].p < fair["gamma", "beta"].p, "what is not compared is not corrected for"


def test_one_red_seed_makes_the_row_red(make_record):
    (standing,) = gather_seeds([make_record(seed=0), pretrain(make_record(seed=1), "F1")])
    assert standing.grade.red


def test_copies_among_the_scans_of_a_run_are_kept_in_the_record(make_record, tmp_path):
    shots = tuple(Shot(f"synthetic:{s}/x", f"synthetic:{s}", (), 0, "") for s in ("F1", "F2", "F3", "M001"))
    record = make_record()  # subjects with odd numbers are tested in fold 1, others in fold 0
    apart, together, pretrained = Copy(0, 1, 0.01, True), Copy(0, 2, 0.01, False), Copy(0, 3, 0.01, False)
    (alarm,) = judge_likeness(Likeness(shots, (apart, together), ()), record)
    assert (alarm.check, alarm.colour) == ("scans", "red")
    assert "F1/x and F2/x (fold 2 and fold 1), 0.01 mm apart, mirrored" in alarm.reason
    assert [one.check for one in judge_likeness(Likeness(shots, (pretrained,), ()), record)] == ["pretraining"]
    kept = read_record(write_record(tmp_path, replace(record, audit=(alarm,))))
    assert kept.audit == (alarm,) and grade(kept).red


def test_a_record_from_before_the_audit_can_be_read(make_record, tmp_path):
    path = write_record(tmp_path, make_record(audit=(Alarm("scans", "red", "x"),)))
    old = read_json(path, "")
    del old["audit"], old["checksum"]
    write_json(path, {**old, "checksum": digest(old, 64)})
    assert read_record(path) == make_record()
    assert path == record_path(tmp_path, make_record().setting, "alpha")
