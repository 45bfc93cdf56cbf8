"""Tuning sees nobody who is tested, tries as often for every method, resumes, and its rows refuse its people."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from bench import data_sets, run
from bench.board import open_board
from bench.campaign import show_clean_alone
from bench.commands.tune import LOSS_RANGES, RANGES, draw_settings, find_untested
from bench.methods import METHODS
from bench.methods.constants import list_constants
from bench.methods.method import Unsuitable, fit_blind
from bench.methods.tuned import adopt_tuned, read_tuning
from bench.methods.unsupervised import simclr
from bench.protocols.anyone import TENFOLD
from bench.spread import errand
from smile.config import Config
from smile.errors import BadFile, UserError
from smile.locks import hold_lock


@pytest.fixture
def tune(tmp_path, make_views, monkeypatch, capfd):
    """Runs the command on small views, and returns its status, its file and what it said."""
    views = make_views(subjects=24, noise=40.0)
    monkeypatch.setattr(data_sets.Studio, "draw", lambda _: [views])
    out = tmp_path / "tuning.json"

    def work(*words):
        place = [] if "--out" in words else ["--out", str(out)]
        status = run.main(["tune", *place, "--set", "training.epochs=1", *words])
        return status, out, capfd.readouterr()

    return work


@pytest.fixture
def tuned(tune, tmp_path, first_run):
    """The file and the one trial of a finished tuning, which runs once for all tests."""
    if first_run.exists():
        shutil.copytree(first_run, tmp_path, dirs_exist_ok=True)
    else:
        tune("--methods", "pixels", "--trials", "1")
        shutil.copytree(tmp_path, first_run)
    (trial,) = (tmp_path / "tuning").glob("*.json")
    return tmp_path / "tuning.json", trial


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    return tmp_path_factory.mktemp("tuned") / "kept"


@pytest.fixture(autouse=True)
def table():
    """METHODS as it was: adopting changes it."""
    before = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(before)


def test_nobody_whom_the_protocol_tests_is_tuned_on(make_views):
    board = open_board(TENFOLD, [make_views(subjects=24)], 1, (), show_clean_alone)
    people = find_untested(board)
    assert len(people) == 12 and not set(people) & set(board.plan.evaluated)
    whole = open_board(TENFOLD, [make_views(subjects=24)], 5, (), show_clean_alone)
    with pytest.raises(UserError, match="settings must not be chosen on tested people; take --budget quick"):
        find_untested(whole)


def test_trials_are_as_many_for_all_equal_where_shared_and_inside_their_ranges():
    assert draw_settings("simclr", 0) == draw_settings("smile_none", 0) == {}
    for number in range(1, 9):
        ours, theirs = draw_settings("smile_none", number), draw_settings("simclr", number)
        assert set(theirs) == {*RANGES, "constants.simclr.TEMPERATURE"}
        assert set(ours) == {*RANGES, *LOSS_RANGES["smile_"]} and set(draw_settings("simsiam", number)) == set(RANGES)
        assert {key: theirs[key] for key in RANGES} == {key: ours[key] for key in RANGES}
        assert draw_settings("simclr_views", number) == theirs
        for key, value in {**ours, **theirs}.items():
            low, high = {**RANGES, **LOSS_RANGES["smile_"], **list_constants("simclr")}[key]
            assert low <= value <= high
        assert draw_settings("vicreg", number) != draw_settings("vicreg", number + 1)


def test_it_chooses_the_best_trial_and_runs_no_trial_twice(tune, monkeypatch):
    seen, real = [], errand.run_errand

    def spy(sent, *given):
        seen.append((sent.name, set(sent.board.plan.evaluated), set(sent.board.views.subjects)))
        return real(sent, *given)

    monkeypatch.setattr(errand, "run_errand", spy)
    monkeypatch.setenv("HF_TOKEN", "canary-7f3a")
    status, out, said = tune("--methods", "simclr,pixels", "--trials", "2")
    assert status == 0 and "Add --tuned" in said.out
    written = [file for file in out.parent.rglob("*") if file.is_file()]
    assert out in written and not any(b"canary-7f3a" in file.read_bytes() for file in written)
    assert [name for name, *_ in seen] == ["simclr", "simclr", "pixels", "pixels"]
    found = read_tuning(out)
    assert all(len(trials) == 2 == found.trials for trials in found.methods.values())
    assert found.choose("simclr").score == max(trial.score for trial in found.methods["simclr"])
    assert not found.choose("pixels").settings, "pixels learn nothing, and the defaults win a tie"
    assert seen[0][2] == set(found.people)
    tune("--methods", "simclr,pixels", "--trials", "3")
    assert len(seen) == 4 + 2, "two trials of each are on disk"
    assert read_tuning(out).methods["simclr"][:2] == found.methods["simclr"]


def test_a_tuned_row_has_its_settings_and_refuses_where_its_people_are_tested(tune, make_views):
    _, out, _ = tune("--methods", "simclr", "--trials", "2")
    content = json.loads(out.read_text())
    content["methods"]["simclr"][1]["score"] = 2.0
    out.write_text(json.dumps(content))
    assert adopt_tuned(out) == ("tuned_simclr",)
    method = METHODS["tuned_simclr"]
    assert method.title == "SimCLR, front view (tuned, 2 trials)"
    views, told = make_views(subjects=24), []

    def fit(_views, _labels, config, _progress):
        told.append((config.training.learning_rate, config.training.augmentation, simclr.TEMPERATURE))

    spied = dataclasses.replace(method, fit=dataclasses.replace(method.fit, fit=fit))
    fit_blind(spied, views, Config(), None)
    assert told == [tuple(draw_settings("simclr", 1).values())] and simclr.TEMPERATURE == 0.5
    assert method.fit.trials == 2
    some = views.rows(np.array([clip.subject != method.fit.people[0] for clip in views.clips]))
    with pytest.raises(Unsuitable, match="was tuned on people who are tested here"):
        fit_blind(spied, some, Config(), None)
    fit_blind(spied, dataclasses.replace(some, data_set="other"), Config(), None)


def test_a_damaged_or_foreign_file_is_one_line(tune, tmp_path):
    _, out, _ = tune("--methods", "pixels", "--trials", "1")
    out.write_text(out.read_text().replace('"pixels"', '"pixel"'))
    with pytest.raises(BadFile, match="there is no such method"):
        adopt_tuned(out)
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(BadFile, match="schema"):
        adopt_tuned(tmp_path / "other.json")
    status, _, said = tune("--methods", "simlcr")
    assert status == 2 and "simclr" in said.err


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda _: "",
        lambda _: "[" * 100_000,
        lambda text: text.replace('"score": ', '"score": 1e999, "points": '),
        lambda text: text.replace('"score": ', '"score": 7, "ignored": '),
        lambda text: json.dumps(json.loads(text) | {"score": 7.0}),
        lambda text: json.dumps(json.loads(text) | {"identity": "of another"}),
        lambda text: json.dumps(json.loads(text) | {"settings": {"training.epochs": 9.0}}),
    ],
)
def test_a_damaged_trial_is_one_line_and_changes_nothing(tune, tuned, damage):
    out, trial = tuned
    said_before = out.read_text()
    trial.write_text(damage(trial.read_text()))
    status, _, said = tune("--methods", "pixels", "--trials", "1")
    assert status == 2 and said.err.count("\n") == 1
    assert str(trial) in said.err and "delete it to run that trial again" in said.err
    assert out.read_text() == said_before


def test_a_trial_whose_file_was_deleted_runs_again(tune, tuned):
    _, trial = tuned
    before = trial.read_text()
    trial.unlink()
    assert tune("--methods", "pixels", "--trials", "1")[0] == 0 and trial.read_text() == before


def test_a_place_that_is_no_file_is_refused_before_the_trials(tune, tmp_path):
    (tmp_path / "folder.json").mkdir()
    for name, words in (("folder.json", "is a folder; name a file"), ("tuning", "write a .json")):
        status, _, said = tune("--methods", "pixels", "--out", str(tmp_path / name))
        assert status == 2 and words in said.err and said.err.count("\n") == 1


def test_a_second_tuning_of_the_same_file_says_that_the_first_is_at_work(tune, tmp_path):
    with hold_lock(tmp_path / "tuning" / "lock"):
        status, out, said = tune("--methods", "pixels", "--trials", "1")
    assert status == 2 and "another process is tuning here" in said.err and not out.exists()
