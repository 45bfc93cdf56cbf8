"""A study that has all that a figure can show, in which one setting decides."""

import math

import numpy as np

from sweeps.archive import Experiment
from sweeps.decide.importance import find_importance
from sweeps.draw.ranges import read_ranges
from sweeps.figures.scene import Scene
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Trial
from sweeps.reporting.pareto import Stages
from sweeps.studies import Study

STRONG = "losses.decorrelation.off_diagonal_weight"
RANGES = {
    STRONG: {"low": 5e-5, "high": 10.0},
    "training.augmentation": {"least": 0.0, "most": 2.0},
    "captions.arm": {"values": ["geometry", "pseudo", "none"]},
    "rendering.yaws": {"values": ["0", "0,20,-20", "0,20,-20,40,-40,60,-60"]},
    "rendering.view_count": {"values": [1, 3, 5, 7]},
}
DEFAULT = dict(zip(RANGES, (5e-3, 1.0, "geometry", "0", 3), strict=True))
WHOLE = ((2, 0.6), (4, 0.7), (8, 0.9), (16, 0.95), (30, 1.0), (60, 0.98))  # epochs, share of the last value


def draw(number, rng, keys):
    if number == 0:
        return {key: DEFAULT[key] for key in keys}
    values = (5e-5 * 2e5 ** rng.random(), 2 * rng.random())
    chosen = [rng.choice(held["values"]).item() if "values" in held else 0 for held in RANGES.values()]
    return {key: (*map(float, values), *chosen[2:])[list(RANGES).index(key)] for key in keys}


def make_trial(number, setting, rng):
    value = 0.3 + 0.02 * math.log10(setting.get(STRONG, 1.0)) + 0.002 * rng.normal()
    state = FAILED if number == 9 else PRUNED if number % 4 == 2 else COMPLETE
    history = (
        () if state == FAILED else tuple((epoch, value * part) for epoch, part in WHOLE)[: 3 if state == PRUNED else 6]
    )
    seconds = (history[-1][0] if history else 5) * 0.2 * (1 + setting.get("rendering.view_count", 3))
    right = {f"S{person}": (max(10 * value + 0.1 * rng.normal(), 0.0), 10) for person in range(12)}
    return Trial(
        number,
        setting,
        state,
        history[-1][1] if history else None,
        history,
        "planted" if state == FAILED else "",
        seconds,
        right if history else {},
        ended=1.7e9 + 60.0 * (number // 2) + seconds + (1e5 if number > 20 else 0),
    )


def make_experiment(keys=tuple(RANGES), count=40, repeats=2):
    rng = np.random.default_rng(1)
    identity = {
        "purpose": "A study.",
        "ranges": {key: RANGES[key] for key in keys},
        "default": {key: DEFAULT[key] for key in keys},
        "config": {"training": {"epochs": 30}},
        "objective": "few_labels",
        "repeats": repeats,
    }
    title = "A data set with a name that is long enough to need a second line in every narrow figure"
    about = {"identity": identity, "data": {"title": title, "stand_in": "ICT-FaceKit, posed"}}
    return Experiment(about, [make_trial(number, draw(number, rng, keys), rng) for number in range(count)])


def make_scene(experiment):
    complete = tuple(trial for trial in experiment.trials if trial.state == COMPLETE)
    study = Study("A study.", read_ranges(experiment.about["identity"]["ranges"]), {})
    return Scene("made_up", experiment, Stages("seconds", complete, ()), find_importance(study, experiment.trials))
