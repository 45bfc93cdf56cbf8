import warnings

import optuna
import pytest

from sweeps.draw.ranges import Among, LogUniform, Uniform
from sweeps.draw.samplers import SAMPLERS, describe_sampler, find_sampler, make_sampler
from sweeps.draw.searcher import distributions, frozen
from sweeps.ledger import COMPLETE, Trial
from sweeps.studies import Study

RANGES = {"losses.alignment.weight": LogUniform(0.1, 10.0), "training.augmentation": Uniform(0.0, 2.0)}
STUDY = Study("", {**RANGES, "model.fusion": Among(("gate", "mean"))}, {})


def draw(name, seed):
    """Ten settings that the sampler draws after eight known trials."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(direction="maximize", sampler=make_sampler(name, seed, 8))
    space = distributions(STUDY)
    for number in range(8):
        setting = {"losses.alignment.weight": 0.2 * (number + 1), "training.augmentation": 0.2 * number}
        known = Trial(number, {**setting, "model.fusion": "gate"}, COMPLETE, 1 - 0.1 * number, ((8, 0.5),), "", 1.0)
        study.add_trial(frozen(known, space))
    found = []
    for number in range(10):
        trial = study.ask(space)
        study.tell(trial, number / 10)
        found.append(trial.params)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_stays_in_the_ranges_and_repeats_itself_with_its_seed_alone(name):
    found = draw(name, 1)
    assert all(STUDY.ranges[key].holds(value) for setting in found for key, value in setting.items())
    assert found == draw(name, 1) != draw(name, 2)


def test_a_resumed_sampler_has_a_seed_of_its_own():
    arguments = find_sampler("tpe").arguments
    seeds = {arguments(seed, finished)["seed"] for seed in range(20) for finished in range(500)}
    assert len(seeds) == 20 * 500


def test_the_report_names_class_and_settings():
    assert describe_sampler("tpe", 0).startswith("TPESampler(multivariate=True, constant_liar=True, n_startup_trials=5")
