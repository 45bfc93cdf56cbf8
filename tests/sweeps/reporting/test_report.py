import json
import math
import re

import numpy as np
import pytest

from sweeps.archive import read_experiment
from sweeps.decide import importance
from sweeps.decide.ranking import find_best
from sweeps.draw.ranges import LogUniform
from sweeps.ledger import COMPLETE, FAILED, PRUNED, Ledger, Trial
from sweeps.reporting.report import write_study_report
from sweeps.studies import Study

pytestmark = pytest.mark.usefixtures("unpainted")

#: Not in the order of letters: a report keeps the order of the study.
STRONG, WEAK = "losses.redundancy.weight", "losses.alignment.weight"
RANGES = {STRONG: {"low": 0.1, "high": 10.0}, WEAK: {"low": 0.1, "high": 10.0}}
STUDY = Study("A made-up study.", {STRONG: LogUniform(0.1, 10.0), WEAK: LogUniform(0.1, 10.0)}, {})
DEFAULT = {STRONG: 1.0, WEAK: 1.0}
IDENTITY = {
    "purpose": STUDY.purpose,
    "ranges": RANGES,
    "default": DEFAULT,
    "config": {"training": {"epochs": 8}},
    "seed": 0,
    "source": "0123",
    "data": "4567" * 16,
    "subjects": "89ab",
}
ABOUT = {
    "data": {
        "title": "Fake faces",
        "stand_in": "synthetic",
        "pretraining_clips": 60,
        "pretraining_subjects": 10,
        "validation_clips": 50,
        "validation_subjects": 10,
    },
    "objective": "The objective is made up.",
    "precision": "Each trial trains once.",
    "kept_apart": "Nobody is kept apart.",
    "command": "python -m sweeps.run made_up",
    "commit": "abcdef",
    "sampler": "TPESampler()",
    "scheduler": "ASHA()",
    "device": "x86_64 CPU",
    "versions": {"python": "3.11"},
}


def draw_trials(count, seed=0):
    """Trials whose objective hangs on one of the two settings alone."""
    rng = np.random.default_rng(seed)
    settings = [DEFAULT, *({k: float(10 ** rng.uniform(-1, 1)) for k in RANGES} for _ in range(count - 1))]
    value = [0.8 - 0.1 * abs(math.log10(setting[STRONG] / 3)) for setting in settings]
    return [Trial(n, settings[n], COMPLETE, v, ((4, v / 2), (8, v)), "", 9.0) for n, v in enumerate(value)]


STOPPED = Trial(90, {STRONG: 0.2, WEAK: 0.2}, PRUNED, 0.99, ((4, 0.99),), "", 4.0)
FAILURE = Trial(91, {STRONG: 0.3, WEAK: 0.2}, FAILED, None, (), "RuntimeError: planted", 1.0)


def fill(folder, trials):
    ledger = Ledger(folder / "ledger", IDENTITY)
    ledger.open(ABOUT)
    for trial in trials:
        ledger.add(trial)
    return ledger


def write(folder, trials):
    path = write_study_report("made_up", read_experiment(fill(folder, trials)), folder)
    assert path == folder / "made_up.md"
    return path.read_text()


def test_the_best_is_a_complete_trial_and_the_earliest_of_equals():
    trials = draw_trials(10)
    best = find_best([*trials, STOPPED, FAILURE])
    assert best.objective == max(t.objective for t in trials)
    twin = Trial(50, {STRONG: 0.1, WEAK: 0.1}, COMPLETE, best.objective, best.history, "", 0.0)
    assert find_best([twin, *trials]) == best
    assert find_best([STOPPED, FAILURE]) is None


def test_the_report_shows_best_beside_default_and_how_to_use_it(tmp_path):
    trials = [*draw_trials(10), STOPPED, FAILURE]
    text, best = write(tmp_path, trials), find_best(trials)
    assert f"best (trial {best.number})" in text
    assert f"{trials[0].objective:.4f}" in text
    assert f"**{best.objective:.4f}**" in text
    assert f"--set {STRONG}={best.setting[STRONG]}" in text
    assert json.loads((tmp_path / "made_up.best.json").read_text()) == best.setting


def test_the_report_says_what_the_data_are_and_where_it_comes_from(tmp_path):
    text = write(tmp_path, draw_trials(3))
    for said in (
        "stand-in",
        "python -m sweeps.run made_up",
        "abcdef",
        "TPESampler()",
        "python 3.11",
        "Each trial trains once.",
    ):
        assert said in text


def test_a_step_that_was_not_run_is_named_with_the_options_that_it_needs(tmp_path):
    text = write(tmp_path, draw_trials(3))
    for verb in ("confirm", "front"):
        assert f"`python -m sweeps.run {verb} made_up`, with the options of the search, " in text


def test_stopped_and_failed_trials_are_counted_with_their_reasons(tmp_path):
    text = write(tmp_path, [*draw_trials(3), STOPPED, FAILURE])
    assert "1 of 5 trials were stopped early, 1 failed." in text
    assert "trial 90: stopped after 4 epochs at 0.9900" in text
    assert "trial 91: failed: RuntimeError: planted" in text


def test_a_default_that_is_best_is_said_to_be_unbeaten(tmp_path):
    trials = [Trial(0, DEFAULT, COMPLETE, 0.9, ((8, 0.9),), "", 1.0), *draw_trials(5)[1:]]
    assert "No trial beat the default." in write(tmp_path, trials)


@pytest.mark.slow
def test_importance_is_told_with_its_interval_in_the_order_of_the_study(tmp_path, monkeypatch):
    monkeypatch.setattr(importance, "DRAWS", 3)
    text = write(tmp_path, draw_trials(30))
    rows = re.findall(r"^\| `(\S+)` +\| (\d+) \[\d+, \d+\] +\| (\d+) \[\d+, \d+\]", text, re.MULTILINE)
    assert [name for name, *_ in rows] == [STRONG, WEAK] and int(rows[0][1]) > 80
    assert "over 30 complete trials, with 95 % intervals: 3 times" in text
    assert "FanovaImportanceEvaluator(n_trees=64, max_depth=64, seed=0)" in text
    assert "![How much each setting decides, 95 % over trials drawn again](figures/made_up/importance.png)" in text


def test_importance_is_not_given_where_it_would_be_noise(tmp_path):
    text = write(tmp_path, draw_trials(3))
    assert "Not given: 3 complete trial(s)" in text and "importance.png" not in text


def test_a_study_without_a_complete_trial_still_has_a_report(tmp_path):
    text = write(tmp_path, [FAILURE])
    assert "No trial is complete." in text
    assert not (tmp_path / "made_up.best.json").exists()


def test_a_study_of_a_few_values_has_a_report_without_importance(tmp_path):
    key = "rendering.view_count"
    identity = {**IDENTITY, "ranges": {key: {"values": [1, 3, 5, 7]}}, "default": {key: 3}}
    ledger = Ledger(tmp_path / "ledger", identity)
    ledger.open(ABOUT)
    for number, count in enumerate((3, 1, 5, 7)):
        score = 0.5 + count / 100
        ledger.add(Trial(number, {key: count}, COMPLETE, score, ((8, score),), "", 1.0))
    text = write_study_report("few", read_experiment(ledger), tmp_path).read_text()
    assert "--set rendering.view_count=7" in text
    assert "Importance" not in text
    assert "figures/few/slices.png" in text


def test_equal_ledgers_give_equal_bytes_whatever_the_order_of_writing(tmp_path):
    trials = [*draw_trials(12), STOPPED, FAILURE]
    for name, order in (("a", trials), ("b", trials[::-1])):
        (tmp_path / name).mkdir()
        write(tmp_path / name, order)
    for file in ("made_up.md", "index.html", "made_up.best.json", "made_up.jsonl"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_the_report_shows_each_figure_that_was_drawn_and_says_why_another_was_not(tmp_path):
    text = write(tmp_path, [*draw_trials(12), STOPPED, FAILURE])
    shown = set(re.findall(r"\(figures/made_up/(\w+)\.png\)", text))
    assert shown == {path.stem for path in (tmp_path / "figures/made_up").iterdir()}
    assert shown == {"slices", "parallel", "front", "history", "learning"}
    assert "*Which trial ran when: not drawn, because the records do not tell when trials ran.*" in text
    assert "In all, early stopping ran 100 of 104 epochs: 1.04 times less compute." in text
    assert "Study made_up" in (tmp_path / "index.html").read_text()
