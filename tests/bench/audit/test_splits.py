"""Leaks that are planted into a split are found and named; clean splits, whatever their names, raise no alarm."""

import itertools
import random
import time
from dataclasses import replace

import pytest

from bench.audit.alarm import Grade
from bench.audit.seats import MANY, MOST, PRETRAIN, SELECT, TEST, TRAIN, Seat, find_meetings, meet
from bench.audit.splits import judge_clips, judge_people, judge_scans
from smile.data.splits import subject_folds

#: How people call their clips: subject, expression, number -> name.
SCHEMES = (
    lambda s, e, n: f"{s}/{e}/{n:03d}",
    lambda s, e, n: f"{s}_{e}_{n}",
    lambda s, e, n: f"scan{hash_of(s, e, n):06d}",
    lambda s, e, n: f"{hash_of(s, e, n):08d}",
)
PEOPLE = (lambda n: f"F{n:03d}", lambda n: f"s{n}", lambda n: f"{n:04d}", lambda n: f"bs{n:03d}-{n % 7}")


def hash_of(*parts):
    return random.Random(repr(parts)).randrange(10**6)


def draw_split(seed, people=24, folds=4):
    rng = random.Random(seed)
    name, clip = rng.choice(PEOPLE), rng.choice(SCHEMES)
    subjects = [name(n) for n in rng.sample(range(1, 100), people)]
    where = {s: k for k, fold in enumerate(subject_folds(subjects, folds, seed).folds) for s in fold}
    return [
        Seat(s, clip(s, e, n), str(where[s] + 1), "", line)
        for line, (s, e, n) in enumerate(((s, e, n) for s in subjects for e in ("Happy", "Sad") for n in (1, 2)), 2)
    ]


def judge(seats):
    return Grade((*judge_people(seats), *judge_clips(seats, {})))


def test_no_alarm_in_100_clean_splits():
    grades = [judge(draw_split(seed)) for seed in range(100)]
    assert [(seed, str(grade)) for seed, grade in enumerate(grades) if grade.alarms] == []


@pytest.mark.parametrize(
    ("spell", "check", "said"),
    [
        (lambda s: s, "subjects", "1 subject tested and taught: "),
        (lambda s: f" {s.lower()}", "subjects", "under another spelling"),
        (lambda s: s.replace("F0", "f_"), "subjects", "under another spelling"),
    ],
)
def test_a_person_in_two_folds_is_found_under_every_spelling(spell, check, said):
    seats = [Seat(f"F{n:03d}", f"c{n:03d}x", str(n % 3), "", n) for n in range(10, 40)]
    seats.append(Seat(spell("F011"), "another", "0", "", 99))
    (alarm,) = judge(seats).alarms
    assert (alarm.check, alarm.colour) == (check, "red")
    assert said in alarm.reason and "F011" in alarm.reason and "line 99, fold 0" in alarm.reason


def test_a_clip_a_file_and_a_neighbouring_frame_in_two_folds_are_found():
    seats = [Seat(f"p{n}", f"p{n}/Happy/{k:03d}", str(n % 2), "", 10 * n + k) for n in range(12) for k in (1, 2)]
    assert judge(seats).alarms == ()
    again = [*seats, replace(seats[0], subject="other", fold="1", line=900)]
    assert [alarm.reason.partition(":")[0] for alarm in judge(again).alarms] == [
        "1 clip tested and taught",
        "1 recording tested and taught under another person's name",
    ]
    frame = [*seats, replace(seats[0], clip="p0/Happy/003", fold="1", line=900)]
    assert {alarm.check for alarm in judge(frame).alarms} == {"subjects", "clips"}
    assert "by other frames" in judge(frame).reason
    strange = judge([*seats, replace(seats[0], clip="p0/Happy/003", subject="other", fold="1", line=900)])
    assert (strange.colour, "under another person's name" in strange.reason) == ("amber", True)
    files = {seats[0].line: "/a/1.obj", seats[2].line: "/a/1.obj"}
    assert [alarm.reason.partition(":")[0] for alarm in judge_clips(seats, files)] == ["1 file tested and taught"]


@pytest.mark.parametrize(("role", "check"), [(PRETRAIN, "pretraining"), (SELECT, "choice")])
def test_what_encoders_or_settings_saw_is_found_in_its_own_fold_alone(role, check):
    seats = [Seat(f"F{n:03d}", f"c{n}x", str(n % 3)) for n in range(12)]
    own, elsewhere = replace(seats[4], role=role), replace(seats[4], fold="2", role=role)
    assert [alarm.check for alarm in judge([*seats, own]).alarms if alarm.check == check] == [check] * 2  # who, what
    assert judge([*seats, elsewhere]).alarms == ()
    assert {alarm.check for alarm in judge([*seats, replace(own, fold="")]).alarms} == {check}


def test_who_meets_whom():
    assert meet(Seat("a", "", "1"), Seat("b", "", "2")) == TRAIN
    assert meet(Seat("a", "", "1"), Seat("b", "", "1")) == ""
    assert meet(Seat("a", "", MANY), Seat("b", "", MANY)) == TRAIN, "in some round they are apart"
    assert meet(Seat("a", "", "", TEST), Seat("b", "", "", TRAIN)) == TRAIN
    assert meet(Seat("a", "", "", TRAIN), Seat("b", "", "", TEST)) == "", "told once, from the tested side"
    assert meet(Seat("a", "", "1", TEST), Seat("b", "", "2", PRETRAIN)) == ""


def test_copies_count_where_one_is_tested_and_the_other_is_seen():
    one, other, same = Seat("a", "x", "1"), Seat("b", "y", "2"), Seat("c", "z", "1")
    (alarm,) = judge_scans([(one, other, "0.01 mm apart"), (one, same, "0.02 mm apart")])
    assert (
        alarm.reason
        == "1 scan tested and taught under another person's name: x and y (fold 1 and fold 2), 0.01 mm apart"
    )
    pretrained = Seat("b", "y", "1", PRETRAIN)
    assert [alarm.check for alarm in judge_scans([(pretrained, one, "")])] == ["pretraining"]


@pytest.mark.parametrize("roles", [("",), (TEST, TRAIN), ("", PRETRAIN, SELECT), (TEST, TRAIN, SELECT, PRETRAIN)])
def test_the_same_meet_as_where_everybody_is_held_against_everybody(roles):
    drawn = random.Random(3)
    for _ in range(300):
        group = {
            Seat(drawn.choice("ab"), "", drawn.choice(["1", "2", "3", "", MANY]), drawn.choice(roles)): None
            for _ in range(drawn.randint(2, 7))
        }
        wanted = {
            (role, frozenset((one.subject, other.subject)))
            for one, other in itertools.permutations(group, 2)
            if (role := meet(one, other))
        }
        found = list(find_meetings(group, lambda _: 0))
        assert {(role, frozenset((one.subject, other.subject))) for role, one, other in found} == wanted
        assert all(meet(one, other) == role for role, one, other in found) and len(found) == len(wanted)


@pytest.mark.parametrize("roles", [("", ""), (TEST, TRAIN)])
def test_a_fold_for_each_line_is_no_work_for_days(roles):
    seats = [Seat("anna", f"clip {line}", str(line), roles[line % 2], line) for line in range(20_000)]
    began = time.process_time()
    found = judge_people(seats)
    assert time.process_time() - began < 20 and len(found) == (roles == ("", ""))


def test_where_everybody_meets_everybody_the_number_is_the_least():
    (alarm, *_) = judge_clips([Seat(f"person {line}", "clip", str(line % 2), "", line) for line in range(20_000)], {})
    assert alarm.reason.startswith(f"at least {MOST} clips tested and taught")
