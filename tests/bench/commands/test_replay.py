"""A record is computed again: the same, or what differs, and what is not as it was."""

import dataclasses
import json

import pytest

from bench import measuring, publishing, run
from bench.methods import METHODS
from bench.methods.method import Method
from bench.record import read_record, write_record
from smile.sources import parse_source
from tests.bench.test_measuring import Studio


@pytest.fixture
def bench(make_views, monkeypatch, capfd):
    """Runs the door on small views of any name, drawn by `bench.seed`; returns status, output and errors."""

    def enter(options, *_, **__):
        keys = [parse_source(option).key for option in options] or ["synthetic"]
        shown = {"noise": 90.0, "subjects": 10}
        return Studio([make_views(seed=call.seed + len(key), data_set=key, title=key.upper(), **shown) for key in keys])

    def call(*arguments):
        status = run.main([*arguments])
        said = capfd.readouterr()
        return status, said.out, said.err

    call.seed = 0
    monkeypatch.setattr(measuring, "open_studio", enter)
    monkeypatch.setattr(publishing, "draw_figures", lambda *_: None)
    return call


def measure(bench, out, *arguments, method="pixels"):
    """The path of the one record that a run writes for a method."""
    assert bench("--out", str(out), "--methods", method, *arguments)[0] == 0
    return sorted((out / "records").rglob(f"{method}.json"))[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--set", "training.epochs=7", "--seeds", "3", "--budget", "standard"),
        ("--conditions", "occluded", "--probes", "nearest"),
        ("--suite", "few"),
        ("--data", "bp4d=A", "--data", "ict=B"),
        ("--suite", "cross", "--data", "synthetic:theories", "--data", "ict=DIR"),
        ("--pretrain", "bp4d=DIR"),
    ],
)
def test_a_record_that_still_holds_is_the_same(bench, tmp_path, arguments):
    path = measure(bench, tmp_path, *arguments)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert bench("replay", str(path))[:2] == (0, f"{path}: the same\n")
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_the_command_may_be_given_as_an_option(bench, tmp_path):
    path = measure(bench, tmp_path)
    assert bench("--replay", str(path)) == bench("replay", str(path))
    assert bench("--replay", str(path), "--data", "bp4d=DIR")[0] == 2
    with pytest.raises(SystemExit) as refused:
        run.main(["--replay", str(path), "--audit", "folds.csv"])
    assert refused.value.code == 2


def test_a_row_of_the_ablation_is_measured_with_the_views_of_its_suite(bench, tmp_path, monkeypatch):
    seen = []

    def fit(views, labels, config, progress):
        seen.append(config.rendering.view_count)
        return METHODS["pixels"].fit(views, labels, config, progress)

    monkeypatch.setitem(METHODS, "full", Method("Full", "unsupervised", fit))
    path = measure(bench, tmp_path, "--suite", "ablation", method="full")
    assert bench("replay", str(path))[0] == 0
    assert seen == [7, 7]


def test_a_prediction_that_was_altered_is_found_with_its_clip(bench, tmp_path):
    path = measure(bench, tmp_path)
    record = read_record(path)
    first = record.predictions[0]
    wrong = dataclasses.replace(first, predicted=("fear",) if first.predicted != ("fear",) else ("anger",))
    write_record(tmp_path, dataclasses.replace(record, predictions=(wrong, *record.predictions[1:])))
    status, out, _ = bench("replay", str(path))
    assert status == 1
    assert f"clips with other predictions: 1, e.g. {first.clip}" in out
    assert "nothing that a record keeps is another" in out and "OMP_NUM_THREADS=" in out


def test_other_faces_and_other_versions_are_named_as_what_is_not_as_it_was(bench, tmp_path):
    path = measure(bench, tmp_path)
    record = read_record(path)
    write_record(tmp_path, dataclasses.replace(record, versions={**record.versions, "numpy": "0.1"}))
    status, out, _ = bench("replay", str(path))
    assert (status, "version of numpy: 0.1 | " in out, "the same, old | new" in out) == (0, True, True)
    bench.seed = 1
    status, out, _ = bench("replay", str(path))
    assert status == 1
    assert "data_hash: " in out and "(the faces:" in out and "accuracy: " in out


def test_other_code_of_a_method_is_named(bench, tmp_path, monkeypatch):
    path = measure(bench, tmp_path)
    monkeypatch.setitem(METHODS, "pixels", dataclasses.replace(METHODS["pixels"], source="other weights"))
    status, out, _ = bench("replay", str(path))
    assert (status, "identity: the code, settings or weights of the method" in out) == (0, True)


def test_a_method_that_fails_now_differs(bench, tmp_path, monkeypatch):
    path = measure(bench, tmp_path)

    def fail(*_):
        raise RuntimeError("no luck")

    monkeypatch.setitem(METHODS, "pixels", dataclasses.replace(METHODS["pixels"], fit=fail))
    status, out, _ = bench("replay", str(path))
    assert (status, "result: a result | failed: RuntimeError: no luck" in out) == (1, True)


def change(path, **changes):
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "gone"}, "there is no method gone"),
        ({"command": "make tea"}, "which is no command of bench.run"),
        ({"command": "python -m bench.run --data 'a"}, "which is no command of bench.run that measures"),
        ({"command": "python -m bench.run show results"}, "which is no command of bench.run that measures"),
        ({"command": "python -m bench.run --older 3"}, "this version does not understand: unrecognized arguments"),
        ({"command": "python -m bench.run --data manifest=here"}, "measured on synthetic; say where that lies now"),
    ],
)
def test_what_cannot_be_computed_again_says_why_and_ends_with_two(bench, tmp_path, changes, message):
    path = measure(bench, tmp_path)
    path = write_record(tmp_path / "b", dataclasses.replace(read_record(path), **changes))
    status, out, errors = bench("replay", str(path))
    assert (status, out, errors.count("\n")) == (2, "", 1)
    assert message in errors


def test_a_setting_of_another_version_and_a_damaged_record_end_with_two(bench, tmp_path):
    record = read_record(measure(bench, tmp_path))
    config = {**record.setting.config, "losses": {"tension": {"weight": 1}}}
    setting = dataclasses.replace(record.setting, config=config)
    path = write_record(tmp_path / "b", dataclasses.replace(record, setting=setting))
    assert bench("replay", str(path))[0] == 2
    change(path, seconds=5)
    assert "checksum" in bench("replay", str(path))[2]
