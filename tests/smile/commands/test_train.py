"""One model on several data sets: their people stay apart, their pictures must be alike, and twins are said."""

import dataclasses
import json

import numpy as np
import pytest

from smile.commands.train import gather_parts, refuse_unlike
from smile.config import Rendering
from smile.errors import UserError
from smile.run import main
from smile.stand_ins.export.bu4dfe import export_bu4dfe
from smile.stand_ins.synthetic import make_synthetic
from tests.bench.campaigns import Quiet

SMALL = ["--set", "rendering.image_size=16", "--set", "training.batch_size=4", "--steps", "1"]


def test_a_model_is_trained_on_two_data_sets_and_names_both(tmp_path, capsys):
    export_bu4dfe(make_synthetic(1, 4, seed=9).clips, tmp_path / "tree", "synthetic", lambda *_: None)
    data = ["--data", "synthetic", "--data", f"bu4dfe={tmp_path / 'tree'}", "--subjects", "1", "--frames", "4"]
    places = ["--cache", str(tmp_path / "cache"), "--out", str(tmp_path / "model")]
    assert main(["train", *data, *SMALL, *places]) == 0
    assert "pretrained on 12 clips of Synthetic faces and BU-4DFE" in capsys.readouterr().out
    told = [file for file in (tmp_path / "model").glob("*.json") if "bu4dfe" in file.read_text()]
    assert any("synthetic+bu4dfe" in json.dumps(json.loads(file.read_text())) for file in told)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "synthetic", "--data", "synthetic"], "--data names synthetic twice"),
        (["--data", "synthetic", "--data", "bu4df=x"], "did you mean 'bu4dfe'"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, capsys, arguments, message):
    assert main(["train", *arguments, "--out", str(tmp_path / "model")]) == 2
    errors = capsys.readouterr().err
    assert message in errors and errors.count("\n") == 1


def test_films_and_single_scans_are_not_mixed():
    film, still = Rendering(), dataclasses.replace(Rendering(), channels=("depth",))
    refuse_unlike({"A": film, "B": film})
    with pytest.raises(UserError, match=r"A and B cannot train one model.*A: .*; B: depth"):
        refuse_unlike({"A": film, "B": still})


def test_people_of_one_name_stay_two_and_a_scan_that_stands_there_twice_is_said(make_parts):
    one, other = make_parts
    reporter = Quiet()
    joined = gather_parts([one, other], reporter)
    assert (joined.data_set, joined.title) == ("a+b", "A and B")
    assert set(joined.subjects) == {"a:F001", "b:F001"}
    assert reporter.lines == []
    gather_parts([one, dataclasses.replace(other, images=one.images)], reporter)
    assert reporter.lines == ["1 scans stand there twice, e.g. a:F001/0 and b:F001/0: the same people are in both"]
    assert gather_parts([one], reporter) is one


@pytest.fixture
def make_parts():
    from tests.bench.conftest import make_clips

    parts = [make_clips(key, [("F001", "anger", {})]) for key in "ab"]
    return [dataclasses.replace(part, images=part.images + np.uint8(n)) for n, part in enumerate(parts)]
