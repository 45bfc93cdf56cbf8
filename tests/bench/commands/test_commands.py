"""Commands that look at results: tables from records alone, what differs between two runs, features of a model."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from bench import run
from bench.answer import Answer
from bench.data_sets import load_data
from bench.record import record_path, write_record
from bench.suites import BUDGETS, SUITES, make_config
from smile import run as smile_run
from smile import sources
from smile.config import to_dict
from smile.progress import Reporter
from smile.stand_ins.cast import Cast, Program


@pytest.fixture
def folders(tmp_path, make_record):
    """Two results folders: the second was trained longer, with other seeds, and lacks a method."""
    longer = {"config": {"training": {"epochs": 9}}, "commit": "beef"}
    for record in (make_record("alpha", 0.5), make_record("beta", 0.7)):
        write_record(tmp_path / "a", record)
    for seed in (1, 2):
        write_record(tmp_path / "b", make_record("alpha", 0.6, seed=seed, **longer))
    return tmp_path / "a", tmp_path / "b"


def call(capfd, *words):
    status = run.main([str(word) for word in words])
    said = capfd.readouterr()
    return status, said.out, said.err


def test_two_folders_say_what_differs_on_which_clips_and_by_how_much(capfd, folders):
    status, out, _ = call(capfd, "compare", *folders)
    lines = [line.strip() for line in out.splitlines()]
    assert status == 0
    assert lines[0] == "fer4d/synthetic/tenfold/clean/linear_probe/alpha"
    assert {"seeds: seed 0 | seeds 1-2", "config.training.epochs: 1 | 9", "commit: c0ffee | beef"} <= set(lines)
    assert "accuracy 50.0 minus 66.7: -8.3 [" in out, "anger is right by default: 5 of 6 classes are one tenth apart"
    assert "5 clips are told right more often by the second: F5/disgust, F5/fear, F5/happiness" in out
    assert "0 clips are told right more often by the first" in out
    assert f"Only in {folders[0]}: fer4d/synthetic/tenfold/clean/linear_probe/beta" in out


def test_what_is_written_from_records_holds_no_secret(capfd, folders, tmp_path, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "PGPASSWORD", "RAY_SECRET", "PYTHON_PASSWORD"):
        monkeypatch.setenv(name, "canary-7f3a")
    said = [
        call(capfd, "show", folders[0], "--write", "--verbose", "--pictures", "none"),
        call(capfd, "compare", *folders),
    ]
    assert [status for status, *_ in said] == [0, 0] and "canary-7f3a" not in str(said)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 5 and not any(b"canary-7f3a" in file.read_bytes() for file in files)


def test_two_records_of_different_methods_can_be_compared(capfd, folders, make_record):
    paths = [record_path(folders[0], make_record().setting, name) for name in ("beta", "alpha")]
    status, out, _ = call(capfd, "compare", *paths, "--clips")
    assert status == 0
    assert "linear_probe/beta minus fer4d" in out and "+16.7 [" in out
    assert "10 clips are told right more often by the first" in out and "..." not in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compare", "nowhere", "elsewhere"], "nowhere: holds no record"),
        (["show", "nowhere"], "nowhere: holds no record of "),
        (["show", "nowhere", "--suite", "fer4"], "did you mean 'fer4d'"),
        (["features", "--model", "nowhere", "--out", "f.npz"], "nowhere"),
        (["features", "--model", "nowhere", "--out", "f.txt"], "--out f.txt: write a .npz"),
        (["features", "--model", "nowhere", "--out", "f.npz", "--map", "f.npz"], "--map f.npz: write a .png"),
    ],
)
def test_a_mistake_is_one_line(capfd, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    status, out, errors = call(capfd, *words)
    assert (status, out, errors.count("\n")) == (2, "", 1)
    assert message in errors


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("terminal", " 1 Beta "),
        ("markdown", "# fer4d: 3D/4D"),
        ("latex", r"\toprule"),
        ("csv", "suite,suite_version"),
    ],
)
def test_tables_are_made_from_records_alone(capfd, folders, form, said):
    status, out, errors = call(capfd, "show", folders[0], "--format", form)
    assert (status, said in out, errors) == (0, True, "")
    assert not (folders[0] / "fer4d.md").exists()


def test_everything_that_people_read_is_written_anew(capfd, folders):
    call(capfd, "show", folders[0], "--write")
    assert {path.name for path in folders[0].iterdir()} == {"records", "figures", "fer4d.md", "fer4d.csv", "index.html"}


def test_a_misspelt_command_is_named(capfd):
    with pytest.raises(SystemExit):
        run.main(["compar", "a", "b"])
    assert "did you mean compare?" in capfd.readouterr().err


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """The folder of a model that two made subjects taught in one step; the same faces are the default of commands."""
    made, few = sources.open_source, Cast(2, Program(frames=3))
    monkeypatch.setattr(sources, "open_source", lambda source, *_: made(source, few))
    small = ["--set", "rendering.image_size=16", "--set", "training.steps=1", "--subjects", "2", "--frames", "3"]
    places = ["--cache", str(tmp_path / "cache"), "--out", str(tmp_path / "model")]
    assert smile_run.main(["train", *small, *places]) == 0
    return tmp_path / "model"


def test_the_features_of_a_trained_model_are_one_file_without_pickle(tmp_path, capfd, trained):
    asked = ["features", "--model", trained, "--cache", tmp_path / "cache", "--out", tmp_path / "f.npz"]
    assert call(capfd, *asked)[0] == 0
    first = (tmp_path / "f.npz").read_bytes()
    assert call(capfd, *asked)[0] == 0
    assert (tmp_path / "f.npz").read_bytes() == first
    held = np.load(tmp_path / "f.npz", allow_pickle=False)
    assert set(held) == {"features", "clips", "subjects", "labels", "stand_in"}
    assert held["features"].shape[0] == 12 == len(set(held["clips"])) and np.isfinite(held["features"]).all()
    assert set(held["subjects"]) == {"F001", "M001"} and "anger" in held["labels"]
    assert str(held["stand_in"]) == "synthetic"


def test_a_damaged_record_is_counted_and_told_by_the_status(capfd, folders):
    first, second = folders
    path = next((first / "records").rglob("alpha.json"))
    path.write_text(path.read_text()[:-30])
    status, out, errors = call(capfd, "compare", first, first)
    assert status == 1 and "2 record(s) cannot be read" in errors and "beta" in out
    status, out, errors = call(capfd, "show", first)
    assert status == 1 and "1 record(s) cannot be read" in errors and str(path) in errors
    assert call(capfd, "show", second)[0] == 0


@pytest.mark.slow
def test_a_map_of_the_features_is_drawn_beside_them(tmp_path, capfd, trained):
    asked = ["features", "--model", trained, "--cache", tmp_path / "cache", "--out", tmp_path / "f.npz"]
    status, out, _ = call(capfd, *asked, "--map", tmp_path / "map.png")
    assert status == 0 and "map.png: what lies close is alike" in out
    first = (tmp_path / "map.png").read_bytes()
    (tmp_path / "map.png").unlink()
    call(capfd, *asked, "--map", tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes() == first


def test_a_page_written_anew_shows_made_faces_that_are_drawn(tmp_path, capfd, make_record):
    """Without --data, from the cache alone; a record of other faces, to the byte, gets no picture."""
    suite, config = SUITES["fer4d"], make_config(SUITES["fer4d"], BUDGETS["quick"], {"rendering.image_size": 16})
    few = {"cache": tmp_path / "cache", "workers": 1, "reporter": Reporter()}
    small = replace(BUDGETS["quick"], subjects=1, frames=2)
    (views,) = load_data([], small, config.rendering, **few)
    setting = {"config": to_dict(config), "data_hash": views.content_hash(), "budget": "tiny"}
    answers = [Answer(one.id, one.subject, 0, one.labels, ("neutral",)) for one in views.clips]
    write_record(tmp_path / "a", make_record(predictions=tuple(answers), suite=suite.name, **setting))
    asked, here = ["show", tmp_path / "a", "--write"], ["--cache", tmp_path / "cache"]
    with mock.patch.dict(BUDGETS, {"tiny": small}):
        assert call(capfd, *asked, *here)[0] == 0
        assert (tmp_path / "a/index.html").read_text().count("data:image/jpeg") == len(views)
        for more in ([*here, "--pictures", "none"], ["--cache", tmp_path / "empty"]):
            call(capfd, *asked, *more)
            assert "data:image/jpeg" not in (tmp_path / "a/index.html").read_text()
    assert not (tmp_path / "empty").exists(), "nothing is drawn that nobody asked for"
