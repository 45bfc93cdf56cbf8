import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smile.config import Rendering, parse_changes
from sweeps.ledger import COMPLETE, FAILED, LOST, Trial
from sweeps.run import main
from sweeps.studies import find_study
from sweeps.trial import draw_task
from tests.places import ROOT

#: Views of a made-up data set, then the door; in a process of its own, as Ray's warnings and threads are.
DOOR = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import sweeps.case
import sweeps.run
from conftest import make_views
sweeps.case._load_views = lambda *_: make_views()
sys.exit(sweeps.run.main())
"""
SMALL = ["training.epochs=4", "training.batch_size=6", "model.embedding_size=16", "captions.arm=label"]


def sweep(folder, trials, *more):
    changes = [part for change in SMALL for part in ("--set", change)]
    usual = [] if "--most-repeats" in more else ["--repeats", "1"]
    command = ["loss_weights", "--trials", str(trials), "--out", str(folder), *usual, *changes, *more]
    start = [sys.executable, "-c", DOOR, str(Path(__file__).parent), *command]
    return subprocess.run(start, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["loss_wights"], "unknown study 'loss_wights': did you mean 'loss_weights'?"),
        (["loss_weights", "--set", "losses.algnment.weight=1"], "did you mean 'losses.alignment.weight'?"),
        (["loss_weights", "--set", "model.text_tower=smal"], "unknown text tower 'smal': did you mean 'small'"),
        (["loss_weights", "--set", "training.epochs"], "say what to set it to"),
        (["loss_weights", "--set", "losses.alignment.weight=0"], "outside of what this study searches"),
        (["loss_weights", "--data", "bu4df=nowhere"], "did you mean 'bu4dfe'?"),
        (["loss_weights", "--data", "bu4dfe=nowhere"], "nowhere"),
        (["loss_weights", "--sampler", "tpee"], "unknown sampler 'tpee': did you mean 'tpe'?"),
        (["loss_weights", "--objective", "few_lables"], "unknown objective 'few_lables': did you mean 'few_labels'?"),
        (["loss_weights", "--scheduler", "ash"], "unknown scheduler 'ash': did you mean 'asha'?"),
        (["loss_weights", "--budget", "40gpuh"], "add --gpus-per-trial"),
        (["loss_weights", "--range", "losses.alignment.weight=2:1"], "the first number must be the smaller one"),
        (["status", "loss_weights", "--out", "nowhere"], "holds no experiment"),
        (["loss_weights", "--out", f"{__file__}/out"], "is no folder that can be written"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(arguments, said, capsys):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["loss_weights", "--trials", "0"], ["loss_weights", "--concurrency", "x"]])
def test_a_command_that_cannot_be_read_ends_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    said = capsys.readouterr().err
    assert "usage: python -m sweeps.run" in said and "_positive" not in said


@pytest.mark.parametrize("option", ["--repeats", "--most-repeats", "--replays", "--best", "--seeds", "--most-seeds"])
def test_a_count_that_would_fill_the_memory_is_refused(option, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["loss_weights", option, "2147483647"])
    assert f"argument {option}: 2147483647 is out of range: 1 to 100000" in capsys.readouterr().err


def test_list_names_every_study_with_its_ranges(capsys):
    assert main(["--list"]) == 0
    said = capsys.readouterr().out
    assert "loss_weights: " in said
    assert "losses.alignment.weight: 0.1 to 10, logarithmic" in said
    assert "rendering.view_count: one of 1, 3, 5, 7" in said
    assert "few_labels: the area under" in said and "retrieval: how well a face finds its own caption" in said
    assert "asha: from a quarter of the epochs on, stops the worse half" in said and "cmaes: CMA-ES" in said


@pytest.mark.slow
def test_a_study_runs_once_and_its_report_comes_from_the_ledger_alone(tmp_path):
    first = sweep(tmp_path, 3)
    assert first.returncode == 0, first.stderr
    assert "3/3" in first.stderr
    report = (tmp_path / "loss_weights.md").read_text()
    assert "python -m sweeps.run loss_weights --trials 3" in report
    best = json.loads((tmp_path / "loss_weights.best.json").read_text())
    assert len(best) == 5
    written = {file.name: file.read_bytes() for file in tmp_path.glob("loss_weights.*")}
    assert set(written) == {f"loss_weights.{kind}" for kind in ("md", "best.json", "jsonl")}

    for file in tmp_path.glob("loss_weights.*"):
        file.unlink()
    (tmp_path / "loss_weights" / "study.db").unlink()
    again = sweep(tmp_path, 3)
    assert again.returncode == 0, again.stderr
    assert not (tmp_path / "loss_weights" / "study.db").exists()
    assert {file.name: file.read_bytes() for file in tmp_path.glob("loss_weights.*")} == written


@pytest.mark.release
def test_a_trial_on_two_workers_scores_as_on_one(views, tmp_path):
    done = sweep(tmp_path, 1, "--workers-per-trial", "2", "--cache", str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    (record,) = (tmp_path / "loss_weights").glob("*/trials/*.json")
    alone = []
    study = find_study("loss_weights")
    config = study.config(parse_changes(SMALL))
    task = draw_task(views, config, Rendering(view_count=3), "few_labels", 1, threads=1)
    task(study.default(config), lambda epoch, value, *_: alone.append([epoch, value]))
    assert json.loads(record.read_text())["history"] == alone


def test_where_every_trial_fails_the_status_is_1_and_the_reason_is_said(views, tmp_path, monkeypatch, capsys):
    def fail(study, _default, ledger, *_):
        for number, setting in enumerate(study.every()):
            ledger.add(Trial(number, setting, FAILED, None, (), "UserError: training diverged at step 3", 1.0))

    monkeypatch.setattr("sweeps.case._load_views", lambda *_: views)
    monkeypatch.setattr("sweeps.run.search", fail)
    assert main(["view_counts", "--out", str(tmp_path), "--set", "captions.arm=label", "--repeats", "1"]) == 1
    assert "no trial succeeded; the first failed with: UserError: training diverged" in capsys.readouterr().err
    assert "4 failed" in (tmp_path / "view_counts.md").read_text()


def test_a_worker_that_was_lost_too_often_is_named_and_the_status_tells(views, tmp_path, monkeypatch, capsys):
    def lose(study, _default, ledger, *_):
        for number, setting in enumerate(study.every()):
            lost = number == 2
            reason = f"{LOST} 4 times: the node is gone" if lost else ""
            outcome = (FAILED, None, ()) if lost else (COMPLETE, 0.25 * number, ((30, 0.25 * number),))
            ledger.add(Trial(number, setting, *outcome, reason, 1.0))

    monkeypatch.setattr("sweeps.case._load_views", lambda *_: views)
    monkeypatch.setattr("sweeps.run.search", lose)
    for _ in range(2):  # the same command, the same status
        assert main(["view_counts", "--out", str(tmp_path), "--set", "captions.arm=label", "--repeats", "1"]) == 1
        said = capsys.readouterr().err
        assert "trials 2 failed: its worker was lost; to run one again, delete its record in" in said
        assert "best of 4 trials: 0.7500 (trial 3)" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no Linux")
def test_a_list_that_finds_no_room_is_one_line(monkeypatch, capsys):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert main(["--list"]) == 2
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space left"):
            full.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())
    assert capsys.readouterr().err.startswith("sweeps.run: No space left on device; ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["front", "loss_weights"], "no trial is complete; search first: python -m sweeps.run loss_weights"),
        (["confirm", "loss_weights"], "no trial beside that of the default is complete; search first"),
        (["front", "loss_weights", "--sampler", "cmaes"], "draws for one objective only"),
    ],
)
def test_what_cannot_go_on_from_a_search_is_said_before_the_default_is_trained(
    tmp_path, monkeypatch, capsys, words, said
):
    monkeypatch.setattr("sweeps.case._load_views", lambda *_: pytest.fail("a face is drawn"))
    out = tmp_path if "cmaes" not in words else ROOT / "results" / "sweeps"  # of committed trials
    assert main(["--out", str(out), *words]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not list(tmp_path.iterdir())
