"""The front against a comparison of every pair; the worst subgroup; and what a second stage teaches Optuna."""

import shutil
from dataclasses import replace

import numpy as np
import optuna
import pytest

from smile.data.face import Facts
from smile.errors import UserError
from smile.rendering.views import Views
from sweeps.archive import read_experiment, write_archive
from sweeps.decide.front import SECONDS, find_front
from sweeps.draw.ranges import LogUniform
from sweeps.draw.searcher import distributions, frozen, make_searcher
from sweeps.effort import Effort
from sweeps.ledger import COMPLETE, PRUNED, Ledger, Trial
from sweeps.objectives.worst import find_worst
from sweeps.reporting.pareto import find_front_archive, read_stages
from sweeps.reporting.report import write_study_report
from sweeps.run import main
from sweeps.studies import Study
from tests.sweeps.reporting.test_report import ABOUT, IDENTITY, draw_trials, fill


def make(number, objective, seconds, state=COMPLETE):
    return Trial(number, {"x": number}, state, objective, ((8, objective),), "", seconds, {}, "", {"worst": -seconds})


def test_a_trial_is_on_the_front_exactly_if_no_other_beats_it():
    rng = np.random.default_rng(0)
    trials = [make(n, *rng.integers(0, 8, 2).astype(float)) for n in range(40)]
    for second in SECONDS.values():
        sign = 1 if second.mode == "max" else -1
        points = {(trial.objective, sign * second.read(trial)) for trial in trials}
        best = {p for p in points if not any(q != p and q[0] >= p[0] and q[1] >= p[1] for q in points)}
        front = find_front(trials, second)
        assert {(trial.objective, sign * second.read(trial)) for trial in front} == best
        assert len(front) == len(best)
        assert [trial.objective for trial in front] == sorted((p[0] for p in best), reverse=True)


def test_stopped_trials_and_those_that_do_not_tell_are_not_on_the_front():
    whole, stopped = make(0, 0.5, 10.0), make(1, 0.9, 1.0, PRUNED)
    silent = replace(make(2, 0.9, 1.0), also={})
    assert find_front([whole, stopped], SECONDS["seconds"]) == [whole]
    assert find_front([whole, silent], SECONDS["worst"]) == [whole]


def make_views(stand_in, **attributes):
    clips = tuple(Facts(f"{n}", f"S{n}", ("anger",), {k: v[n] for k, v in attributes.items()}) for n in range(8))
    return Views("fake", "Fake", stand_in, clips, np.zeros((8, 1, 1, 8, 8), np.uint8))


def test_the_worst_subgroup_is_that_of_the_data_and_else_the_worst_quarter():
    right = {f"S{n}": (n, 10) for n in range(8)}
    views = make_views("", sex="ffffmmmm", ancestry="abababab")
    assert find_worst(right, views) == pytest.approx(0.15)  # S0 to S3
    views = make_views("", sex="fmfmfmfm", ancestry="aaaaaaaa")
    assert find_worst(right, views) == pytest.approx(0.30)  # S0, S2, S4, S6; one ancestry alone is no subgroup
    assert find_worst(right, make_views("")) == pytest.approx(0.05)
    made = make_views("synthetic", sex="ffffmmmm")
    assert find_worst(right, made) == pytest.approx(0.05), "the sex of a made face says nothing"


def test_optuna_learns_two_values_of_whole_trials():
    study = Study("", {"losses.alignment.weight": LogUniform(0.1, 10.0)}, {})
    trials = [
        Trial(n, {"losses.alignment.weight": n + 1.0}, state, 0.5, ((8, 0.5),), "", 7.0)
        for n, state in enumerate((COMPLETE, PRUNED))
    ]
    known = optuna.create_study(directions=["maximize", "minimize"])
    known.add_trials([frozen(trial, distributions(study), SECONDS["seconds"]) for trial in trials])
    assert [trial.values for trial in known.trials] == [[0.5, 7.0], None]


@pytest.mark.usefixtures("unpainted")
def test_the_report_joins_both_stages_of_one_experiment_only(tmp_path):
    ledger = fill(tmp_path, draw_trials(5))
    cheap = replace(draw_trials(6, seed=3)[5], number=0, objective=0.1, history=((8, 0.1),), seconds=0.5)
    for second, seed, expected in (("seconds", 0, 1), ("seconds", 1, 0)):
        stage = Ledger(tmp_path / "front", {**IDENTITY, "seed": seed, "second": second})
        stage.open(ABOUT)
        stage.add(cheap)
        write_archive(read_experiment(stage), find_front_archive("made_up", tmp_path))
        stages = read_stages("made_up", read_experiment(ledger), tmp_path)
        assert len(stages.second) == expected
        text = write_study_report("made_up", read_experiment(ledger), tmp_path).read_text()
        assert ("0 (second stage)" in text) == bool(expected)
        assert "## Two objectives" in text
        shutil.rmtree(tmp_path / "front")


def test_a_misspelt_second_objective_names_the_closest(tmp_path, capsys):
    assert main(["front", "loss_weights", "--second", "secnds", "--out", str(tmp_path)]) == 2
    assert "unknown second objective 'secnds': did you mean 'seconds'?" in capsys.readouterr().err


def test_a_sampler_that_draws_for_one_objective_is_refused(tmp_path):
    effort = Effort(trials=1, epochs=1, seed=0, concurrency=1, sampler="cmaes", second="seconds")
    ledger = Ledger(tmp_path / "front", {"study": "x"})
    ledger.open({})
    with pytest.raises(UserError, match="cmaes draws for one objective only"):
        make_searcher(Study("", {}, {}), [], "sqlite://", ledger, None, effort, None)
