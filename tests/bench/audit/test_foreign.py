"""Splits of other people with made scans: 100 clean ones raise no alarm, and every planted leak is found."""

import random
from dataclasses import replace

import numpy as np
import pytest

from bench.audit import scans
from bench.audit.folds_file import FoldRow
from bench.audit.foreign import judge_split, tabulate_checks
from bench.audit.scans import compare_shots, take_shot
from bench.audit.seats import PRETRAIN, SELECT, TEST, TRAIN, Seat
from smile.errors import BadFile
from tests.bench.audit.spoiling import everything, mirror


def silent(*_):
    """No progress."""


@pytest.fixture(scope="session")
def cache(tmp_path_factory, faces, prints):
    """A cache that knows the fingerprints of all faces."""
    place = tmp_path_factory.mktemp("cache")
    ready = iter(prints)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scans, "draw_print", lambda _: next(ready))
        compare_shots([take_shot(clip, clip.subject) for clip in faces.clips], place, silent, workers=1)
    return place


def split(faces, seed, folds=3):
    """Lines of a random split by people."""
    subjects = sorted({clip.subject for clip in faces.clips})
    rng = random.Random(seed)
    rng.shuffle(subjects)
    kept = subjects[: rng.randrange(folds, 8)]
    where = {subject: str(number % folds) for number, subject in enumerate(kept)}
    chosen = [clip for clip in faces.clips if clip.subject in where]
    return [
        FoldRow(Seat(clip.subject, clip.id, where[clip.subject], "", line), None, clip.labels[0], "")
        for line, clip in enumerate(chosen, 2)
    ]


def add(faces, change, name="copy", subject="somebody else"):
    """The faces, and a clip of another name and person whose scans are changed ones of the first clip."""
    first = faces.clips[0]
    frames = [change(scan, np.random.default_rng(5)) for scan in (first.frames[9], first.frames[10], first.frames[11])]
    return replace(
        faces, clips=(*faces.clips, replace(first, id=name, subject=subject, frames=frames, content_key=name))
    )


def row_of(clip, subject, fold, role="", line=99):
    return FoldRow(Seat(subject, clip, fold, role, line), None, "", "")


def whole(faces):
    return [
        row_of(clip.id, clip.subject, str(int(clip.subject[-1]) % 2), line=n) for n, clip in enumerate(faces.clips, 2)
    ]


def alarms(rows, faces, cache):
    found = judge_split(rows, [faces], cache, silent)
    return {(alarm.check, alarm.colour) for alarm in found.grade.alarms}


@pytest.mark.slow
def test_no_alarm_in_100_clean_splits(faces, cache):
    for seed in range(100):
        found = judge_split(split(faces, seed), [faces], cache, silent, workers=1)
        assert (found.grade.alarms, found.faults) == ((), ()), (seed, str(found.grade))
        assert found.compared == found.rows


@pytest.mark.parametrize("change", [mirror, everything, lambda scan, _: scan], ids=["mirrored", "all", "same"])
def test_a_changed_copy_in_another_fold_is_found(faces, cache, change):
    more = add(faces, change)
    rows = whole(faces)
    assert rows[0].seat.fold == "1"
    assert alarms([*rows, row_of("copy", "somebody else", "0")], more, cache) == {("scans", "red")}
    assert alarms([*rows, row_of("copy", "somebody else", "1")], more, cache) == set(), "in its own fold it is no leak"


def test_a_neighbouring_frame_under_another_name_is_found_by_its_surface(faces, cache):
    first = faces.clips[0]
    rows = [*whole(faces), row_of(f"{first.id}/11", "somebody else", "0")]
    assert ("scans", "red") in alarms(rows, faces, cache)


@pytest.mark.parametrize(("role", "check"), [(PRETRAIN, "pretraining"), (SELECT, "choice")])
def test_a_corpus_with_a_copy_of_what_is_tested_is_found(faces, cache, role, check):
    more = add(faces, everything)
    assert alarms([*whole(faces), row_of("copy", "somebody else", "", role)], more, cache) == {(check, "red")}
    named = row_of("not among the scans", faces.clips[0].subject.upper(), "", role)
    assert (check, "red") in alarms([*whole(faces), named], faces, cache)


def test_a_validation_set_among_the_tested_people_is_a_choice_on_test_folds(faces, cache):
    parts = [TRAIN, SELECT, TEST]
    people = sorted({clip.subject for clip in faces.clips})
    role = {subject: parts[number % 3] for number, subject in enumerate(people)}
    rows = [row_of(clip.id, clip.subject, "", role[clip.subject], line=n) for n, clip in enumerate(faces.clips, 2)]
    assert alarms(rows, faces, cache) == set()
    peeked = [*rows, row_of(faces.clips[-1].id, next(one for one in people if role[one] == TEST), "", SELECT)]
    assert ("choice", "red") in alarms(peeked, faces, cache)


def test_captions_that_name_the_label_are_found():
    rows = [
        FoldRow(Seat(f"s{n // 6}", f"c{n}x", str(n // 6 % 2), "", n + 2), None, label, f"brows {n % 5}, a {label} face")
        for n, label in enumerate(["fear", "anger", "joy"] * 20)
    ]
    found = judge_split(rows, [], None, silent)
    assert [(alarm.check, alarm.colour) for alarm in found.grade.alarms] == [("captions", "red")]


def test_one_bad_scan_stops_nothing_and_is_counted(faces, cache):
    class Broken(list):
        def __getitem__(self, _):
            raise BadFile("bad.obj", "line 3", "x is no number", "copy it again")

    broken = replace(faces.clips[0], id="bad", subject="b", frames=Broken([0]), content_key="bad")
    odd = replace(faces.clips[0], id="odd", subject="c", frames=[None], content_key="odd")
    more = replace(faces, clips=(*faces.clips, broken, odd))
    rows = [*whole(faces), row_of("bad", "b", "0"), row_of("odd", "c", "0"), row_of("lost", "d", "1")]
    found = judge_split(rows, [more], cache, silent)
    assert (found.compared, [name for name, _ in found.faults]) == (len(faces.clips), ["lost", "bad", "odd"])
    assert found.grade.colour == "amber" and "3 scans could not be compared" in found.grade.reason
    assert "bad.obj: line 3: x is no number" in found.grade.reason
    assert dict(found.faults)["odd"].startswith("please report it: AttributeError")


def test_what_cannot_be_checked_is_said_and_is_no_alarm(faces, cache):
    found = judge_split(whole(faces), [], cache, silent)
    told = {check: (colour, reason) for check, colour, reason in tabulate_checks(found)}
    assert told["scans"] == ("not checked", "no scans are named: add a column path, or --data")
    assert {told[name][0] for name in ("pretraining", "choice", "captions")} == {"not checked"}
    assert told["subjects"][0] == "green" and not found.grade.alarms


def test_any_number_of_workers_finds_the_same_and_a_stopped_run_goes_on(faces, tmp_path, monkeypatch):
    shots = [take_shot(clip, clip.id) for clip in faces.clips[:4]]
    drawn, draw = [], scans.draw_print
    monkeypatch.setattr(scans, "draw_print", lambda scan: drawn.append(1) or draw(scan))

    def stop(_what, done, _total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_shots(shots, tmp_path, stop, workers=1)
    before = len(drawn)
    assert 2 <= before < 4
    one = compare_shots(shots, tmp_path, silent, workers=1)
    assert len(drawn) == 4, "what was drawn is not drawn again"
    torn = next((tmp_path / "prints").iterdir())
    torn.write_bytes(torn.read_bytes()[:200])
    assert compare_shots(shots, tmp_path, silent, workers=2) == one
    assert len(drawn) == 5, "a torn file is drawn again"
