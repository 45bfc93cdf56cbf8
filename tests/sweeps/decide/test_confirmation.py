"""The best settings are run again with other seeds: a real gain wins, luck ties, and harm loses."""

import json
from dataclasses import replace

import numpy as np
import pytest

from smile.config import Config, Rendering, override
from smile.errors import BadFile, UserError
from sweeps.decide.confirmation import SEED, Demand, choose_candidates, confirm, write_confirmation
from sweeps.decide.verdict import judge_settings
from sweeps.draw.ranges import LogUniform
from sweeps.effort import Effort
from sweeps.ledger import COMPLETE, PRUNED, Ledger, Trial
from sweeps.studies import Study
from sweeps.trial import draw_task

KEY = "losses.alignment.weight"
STUDY = Study("Made up.", {KEY: LogUniform(0.1, 10.0)}, {})
DEFAULT, BETTER, EQUAL, WORSE = ({KEY: value} for value in (1.0, 2.0, 3.0, 4.0))
GAINS = {1.0: 0.0, 2.0: 0.15, 3.0: 0.0, 4.0: -0.2}
EFFORT = Effort(trials=8, epochs=8, seed=7, concurrency=2)


def run(setting, seed):
    """A trial of 24 people with 12 clips each; all settings of a seed see the same people."""
    rng = np.random.default_rng(seed)
    ease = rng.uniform(0.4, 0.7, 24)
    own = np.random.default_rng((seed, int(10 * setting[KEY])))
    told = own.binomial(12, np.clip(ease + GAINS[setting[KEY]], 0, 1))
    right = {f"S{number:02}": (int(count), 12) for number, count in enumerate(told)}
    score = float(told.mean() / 12)
    return Trial(0, {**setting, SEED: seed}, COMPLETE, score, ((8, score),), "", 1.0, right)


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "ledger", {"study": "made up"})
    made.open({})
    return made


@pytest.fixture
def calls(monkeypatch):
    """Runs settings at once instead of by Ray; the list of what was wanted."""
    wanted = []

    def search(_study, _default, ledger, _storage, _objective, effort, _say, settings):
        assert effort.scheduler == "none"
        wanted.append(list(settings))
        for setting in settings:
            ledger.add(run({KEY: setting[KEY]}, setting[SEED]))
        return True

    monkeypatch.setattr("sweeps.decide.confirmation.search", search)
    return wanted


def confirm_all(ledger, matters=1.0, settings=(DEFAULT, BETTER, EQUAL, WORSE)):
    demand = Demand(best=3, seeds=5, most_seeds=10, matters=matters)
    return confirm(STUDY, settings, ledger, "", lambda *_: None, EFFORT, demand, lambda _: None)


def test_a_real_gain_wins_an_equal_setting_ties_and_harm_loses(ledger, calls, tmp_path):
    found = confirm_all(ledger)
    assert [verdict.says for verdict in found.verdicts] == ["wins", "ties", "loses"]
    assert found.choose(DEFAULT) == BETTER
    for verdict, gain in zip(found.verdicts, (0.15, 0.0, -0.2), strict=True):
        assert verdict.low < gain < verdict.high
    assert len(calls) == 1 and len(calls[0]) == 4 * 5
    assert {setting[SEED] for setting in calls[0]} == {8, 9, 10, 11, 12}  # none is that of the search
    content = json.loads(write_confirmation("made_up", found, DEFAULT, ledger, tmp_path).read_text())
    assert content["setting"] == BETTER and content["seeds"] == 5
    assert [one["says"] for one in content["verdicts"]] == ["wins", "ties", "loses"]


def test_seeds_are_added_while_the_error_is_larger_than_what_matters(ledger, calls):
    found = confirm_all(ledger, matters=0.001)
    assert [len(wanted) for wanted in calls] == [20, 40]
    assert found.seeds == 10


@pytest.mark.usefixtures("calls")
def test_where_nothing_wins_the_default_is_used(ledger):
    assert confirm_all(ledger, settings=(DEFAULT, EQUAL)).choose(DEFAULT) == DEFAULT


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("damage", [lambda _: {}, lambda right: {"a stranger": [1, 1], **right}])
def test_a_run_of_other_people_than_those_of_its_seed_is_named(ledger, damage):
    confirm_all(ledger)
    trial = ledger.trials()[7]
    file = ledger.path(trial.setting)
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {"right": damage(content["right"])}))
    with pytest.raises(BadFile, match=r"tells of other people than trial .* which has the same seed; delete both"):
        confirm_all(ledger)


def test_a_run_that_failed_counts_for_nobody():
    runs = {seed: run(DEFAULT, seed).right for seed in range(5)}
    theirs = {seed: run(BETTER, seed).right for seed in range(4)}
    (verdict,) = judge_settings(runs, [(BETTER, theirs)], 0)
    (alone,) = judge_settings({seed: runs[seed] for seed in range(4)}, [(BETTER, theirs)], 0)
    assert verdict == alone


def test_the_number_of_settings_makes_the_same_difference_harder_to_tell():
    runs = {seed: run(DEFAULT, seed).right for seed in range(5)}
    theirs = {seed: run(BETTER, seed).right for seed in range(5)}
    (alone,) = judge_settings(runs, [(BETTER, theirs)], 0)
    among = judge_settings(runs, [(BETTER, theirs)] + [(EQUAL, runs)] * 9, 0)
    assert among[0].p == pytest.approx(min(10 * alone.p, 1))
    assert [verdict.p for verdict in among[1:]] == [1.0] * 9


def test_candidates_are_the_best_complete_trials_and_never_the_default():
    trials = [replace(run(setting, 0), setting=setting, number=n) for n, setting in enumerate((DEFAULT, BETTER, WORSE))]
    stopped = replace(trials[1], setting=EQUAL, state=PRUNED, objective=0.99)
    assert choose_candidates([*trials, stopped], DEFAULT, 5) == [BETTER, WORSE]
    assert choose_candidates([*trials, stopped], DEFAULT, 1) == [BETTER]
    with pytest.raises(UserError, match="search first"):
        choose_candidates([trials[0], stopped], DEFAULT, 3)


def test_a_run_splits_the_people_that_the_benchmark_does_not_test_by_its_own_seed(views):
    changes = {"training.epochs": 1, "training.batch_size": 6, "model.embedding_size": 16, "captions.arm": "label"}
    shown = Rendering(view_count=3, image_size=16)
    config = override(Config(rendering=Rendering(view_count=2, image_size=16)), changes)
    task, found = draw_task(views, config, shown, "uar", 1, threads=1), {}
    for seed in (3, 4):
        task({KEY: 1.0, SEED: seed}, lambda *report, seed=seed: found.update({seed: report[2]}))
        split = task.split(override(config, {SEED: seed}))
        assert found[seed].keys() == set(split.validation.subjects)
    assert found[3].keys() != found[4].keys()
