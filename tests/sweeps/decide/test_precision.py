"""The default is trained until it is sure, and its trainings make the trial that a search would have run."""

import math

import numpy as np
import pytest

from smile.config import Config, Rendering, override
from smile.errors import UserError
from sweeps.decide.aim import Aim
from sweeps.decide.precision import choose_precision, join_runs
from sweeps.draw.ranges import LogUniform
from sweeps.effort import SPENT, Effort
from sweeps.ledger import COMPLETE, FAILED, Ledger, Trial
from sweeps.studies import Study
from sweeps.trial import SEED, STRIDE, draw_task

KEY = "losses.alignment.weight"
STUDY, DEFAULT = Study("Made up.", {KEY: LogUniform(0.1, 10.0)}, {}), {KEY: 1.0}
EFFORT = Effort(trials=60, epochs=8, seed=3, concurrency=2)


def run(setting, clips):
    """A training on 25 of 50 people, each with this many clips, half of which are right but for luck."""
    rng = np.random.default_rng(setting[SEED])
    people = rng.permutation(50)[:25]
    right = {f"S{number:02}": (int(rng.binomial(clips, 0.5)), clips) for number in people}
    value = sum(told for told, _ in right.values()) / (25 * clips)
    return Trial(7, setting, COMPLETE, value, ((4, 0.4), (8, value)), "", 10.0, right, "tpe", {"uar": value})


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "ledger", {"study": "made up"})
    made.open({})
    return made


def choose(ledger, monkeypatch, matters, most=4, clips=20, ended=True):
    calls = []

    def search(_study, _default, ledger, _storage, _objective, effort, _say, wanted):
        assert (effort.repeats, effort.scheduler) == (1, "none")
        calls.append(len(wanted))
        for setting in wanted:
            ledger.add(run(setting, clips))
        return ended

    monkeypatch.setattr("sweeps.decide.precision.search", search)
    found = choose_precision(STUDY, DEFAULT, ledger, "", None, EFFORT, Aim(matters, most), lambda _: None)
    return found, calls


def test_trainings_are_added_until_the_error_is_below_what_matters(ledger, monkeypatch):
    found, calls = choose(ledger, monkeypatch, matters=0.5)
    assert (found.repeats, calls) == (1, [2])
    assert found.error == pytest.approx(0.5 / math.sqrt(20 * 25), rel=0.4)  # binomial
    error = found.error
    found, calls = choose(ledger, monkeypatch, matters=0.82 * error)
    assert 1 < found.repeats <= 4 and found.error < 0.82 * error
    assert "below the" in found.describe(Aim(0.82 * error, 4))


def test_it_ends_at_the_most_and_says_that_the_error_is_larger(ledger, monkeypatch):
    found, calls = choose(ledger, monkeypatch, matters=0.0001, most=3)
    assert found.repeats == 3 and calls == [2, 3]
    assert "not below the 0.01 that were said to matter" in found.describe(Aim(0.0001, 3))
    assert {trial.setting[SEED] for trial in ledger.trials()} == {3, 3 + STRIDE, 3 + 2 * STRIDE}


def test_a_budget_that_ends_it_leaves_nothing_decided(ledger, monkeypatch):
    assert choose(ledger, monkeypatch, 0.5, ended=False)[0] is None


def test_an_objective_without_parts_of_subjects_trains_once(ledger, monkeypatch):
    monkeypatch.setattr("sweeps.decide.precision.find_error", lambda _: float("nan"))
    found, _ = choose(ledger, monkeypatch, 0.015)
    assert found.repeats == 1 and "has no standard error" in found.describe(Aim(0.015, 4))


def test_a_default_that_fails_is_one_clear_error(ledger, monkeypatch):
    def search(_study, _default, ledger, *_):
        ledger.add(Trial(0, {**DEFAULT, SEED: 3}, FAILED, None, (), "UserError: training diverged", 1.0))
        return True

    monkeypatch.setattr("sweeps.decide.precision.search", search)
    with pytest.raises(UserError, match=r"the default setting failed: UserError: training diverged.*--repeats 1"):
        choose_precision(STUDY, DEFAULT, ledger, "", None, EFFORT, Aim(0.015, 4), lambda _: None)


def test_joined_trainings_are_the_trial_that_trains_as_often(views):
    changes = {"training.epochs": 2, "training.batch_size": 6, "model.embedding_size": 16, "captions.arm": "label"}
    config = override(Config(rendering=Rendering(view_count=2, image_size=16)), changes)
    shown = Rendering(view_count=3, image_size=16)

    def follow(task, setting):
        reports = []
        task(setting, lambda *report: reports.append(report))
        (_, value, right, also), history = reports[-1], tuple(report[:2] for report in reports)
        assert also.pop(SPENT) > 0
        return Trial(4, setting, COMPLETE, value, history, "", 1.5, dict(right), "tpe", dict(also))

    once = draw_task(views, config, shown, "few_labels", 1, 1)
    runs = [follow(once, {**DEFAULT, SEED: STRIDE * number}) for number in range(2)]
    whole = follow(draw_task(views, config, shown, "few_labels", 2, 1), DEFAULT)
    joined = join_runs(runs, DEFAULT)
    assert (joined.number, joined.seconds) == (0, 3.0)
    for name in ("setting", "state", "objective", "history", "right", "also"):
        assert getattr(joined, name) == getattr(whole, name), name
