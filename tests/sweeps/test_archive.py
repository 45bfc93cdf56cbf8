"""All trials of a study lie in one file, from which a fresh clone reports, replays and goes on."""

import json
import shutil

import pytest

from smile.errors import BadFile
from sweeps.archive import find_place, list_experiments, read_archive, read_experiment, take_over, write_archive
from sweeps.decide.savings import compare_schedulers
from sweeps.decide.standing import describe_standing
from sweeps.ledger import FAILED, Ledger, Trial
from sweeps.reporting.report import write_study_report
from sweeps.run import main
from tests.canvases import without_pixels
from tests.sweeps.reporting.test_report import ABOUT, DEFAULT, FAILURE, IDENTITY, STOPPED, STRONG, WEAK, draw_trials

pytestmark = pytest.mark.usefixtures("unpainted")

TRIALS = [*draw_trials(12), STOPPED, FAILURE]
FILES = tuple(f"loss_weights.{kind}" for kind in ("md", "best.json", "jsonl"))


def fill(out, trials=TRIALS, **changes):
    ledger = Ledger(out / "loss_weights", {**IDENTITY, **changes})
    ledger.open(ABOUT)
    for trial in trials:
        ledger.add(trial)
    return ledger


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    with without_pixels():
        write_study_report("loss_weights", read_experiment(fill(out)), out)
    shutil.rmtree(out / "loss_weights")
    return out


@pytest.fixture
def clone(tmp_path, study):
    """A folder as git gives it: without the ledger, which it ignores."""
    shutil.copytree(study, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_clone_writes_the_same_report_from_the_one_file(clone, capsys):
    written = {file: (clone / file).read_bytes() for file in FILES}
    for file in FILES[:2]:
        (clone / file).unlink()
    assert main(["report", "loss_weights", "--out", str(clone)]) == 0
    assert f"{clone / FILES[0]}: 14 trials" in capsys.readouterr().out
    assert {file: (clone / file).read_bytes() for file in FILES} == written


def test_a_clone_replays_and_tells_how_far_the_study_came(clone):
    said = compare_schedulers("loss_weights", clone, ["none"], 2, 5, lambda *_: None)
    assert "12 of 14 trials ran to their end" in said and "none: 1.00 times less compute" in said
    assert "finished trials: 14 (12 complete, 1 failed, 1 pruned)" in describe_standing("loss_weights", clone)


def test_what_is_read_is_what_was_written(clone):
    found = read_archive(clone / FILES[2])
    assert list(found.trials) == read_experiment(fill(clone / "other")).trials
    assert found.identifier == fill(clone / "other").folder.name


def test_a_clone_goes_on_with_the_trials_and_other_settings_begin_anew(clone):
    same, other = fill(clone, []), fill(clone, [], seed=1)
    assert (take_over(same, "loss_weights", clone), take_over(other, "loss_weights", clone)) == (14, 0)
    assert len(same.trials()) == 14 and other.trials() == []
    same.path(FAILURE.setting).unlink()
    assert take_over(same, "loss_weights", clone) == 0, "a record that was deleted stays so, and its trial runs again"


def test_the_report_of_another_experiment_is_kept_unless_it_shall_be_replaced(clone):
    same, other = fill(clone), fill(clone, TRIALS[:3], seed=1)
    assert find_place("loss_weights", same, clone, replace=False) == clone
    assert find_place("loss_weights", other, clone, replace=False) == other.folder
    assert find_place("loss_weights", other, clone, replace=True) == clone
    (clone / FILES[2]).unlink()  # a report without records may be anybody's
    assert find_place("loss_weights", same, clone, replace=False) == same.folder
    (clone / FILES[0]).unlink()
    assert find_place("loss_weights", same, clone, replace=False) == clone


def test_report_writes_each_experiment_into_its_own_place(clone, capsys):
    before = {file: (clone / file).read_bytes() for file in FILES}
    other = fill(clone, TRIALS[:3], seed=1)
    assert main(["report", "loss_weights", "--out", str(clone)]) == 0
    assert {file: (clone / file).read_bytes() for file in FILES} == before
    assert "3 trials" in capsys.readouterr().out and (other.folder / FILES[0]).exists()
    assert set(list_experiments("loss_weights", clone)) == {other.folder, clone / FILES[2]}


def test_a_ledger_counts_where_both_are_there(clone):
    ledger = fill(clone)
    ledger.add(Trial(99, {**DEFAULT, STRONG: 9.0, WEAK: 9.0}, FAILED, None, (), "RuntimeError: planted", 1.0))
    assert {where: len(one.trials) for where, one in list_experiments("loss_weights", clone).items()} == {
        ledger.folder: 15
    }


def test_a_ledger_that_lost_all_trials_does_not_empty_the_file(clone, capsys):
    ledger, text = fill(clone), (clone / FILES[2]).read_bytes()
    shutil.rmtree(ledger.folder / "trials")
    assert main(["report", "loss_weights", "--out", str(clone)]) == 0
    assert f"{clone / FILES[0]}: 14 trials" in capsys.readouterr().out
    assert (clone / FILES[2]).read_bytes() == text


@pytest.mark.parametrize(
    ("number", "line", "said"),
    [
        (3, "{", "line 4: is none that a sweep wrote"),
        (3, '{"number": 1}', "line 4: is none that a sweep wrote"),
        (3, '{"number": 1e999}', "line 4: is none that a sweep wrote"),
        (0, "{}", "line 1: is none that a sweep wrote"),
        (0, "[]", "line 1: is none that a sweep wrote"),
        (0, "[" * 100_000, "line 1: is none that a sweep wrote (nested too deeply)"),
    ],
)
def test_a_damaged_line_is_named_with_a_remedy(clone, number, line, said):
    path = clone / FILES[2]
    lines = path.read_text().splitlines()
    lines[number] = line
    path.write_text("\n".join(lines))
    with pytest.raises(BadFile, match="take it from git again") as error:
        read_archive(path)
    assert said in str(error.value)


@pytest.fixture
def kept(tmp_path):
    """The one file of a study, whose report is not written yet."""
    write_archive(read_experiment(fill(tmp_path / "ledger", TRIALS[:3])), tmp_path / "out" / FILES[2])
    return tmp_path / "out" / FILES[2]


def change(path, *keys, to):
    """Writes another value, or none where `to` is an ellipsis, under nested keys of the first line of a file."""
    first, *rest = path.read_text().split("\n") if path.suffix == ".jsonl" else [path.read_text()]
    content = held = json.loads(first)
    for key in keys[:-1]:
        held = held[key]
    if to is ...:
        del held[keys[-1]]
    else:
        held[keys[-1]] = to
    path.write_text("\n".join([json.dumps(content), *rest]))


FACTS = [
    *((key,) for key in ABOUT),
    *(("data", key) for key in ABOUT["data"]),
    *(("identity", key) for key in ("purpose", "ranges", "default", "config", "seed", "data", "subjects")),
    ("identity", "config", "training", "epochs"),
    ("identity", "ranges", STRONG, "low"),
    ("identity", "default", STRONG),
]


@pytest.mark.parametrize("keys", FACTS, ids=".".join)
def test_a_fact_that_is_missing_or_foreign_is_one_line_at_every_reader(kept, keys, capsys):
    text = kept.read_text()
    for value in (..., None, [[[]]], {"a": {}}):
        if value == {"a": {}} and keys[-1] in ("default", "config", "identity", STRONG, "ranges"):
            continue  # named values are what it is
        if keys[-1] == STRONG and value is not ...:
            continue  # a default may be anything
        change(kept, *keys, to=value)
        for verb in ("status", "report", "replay"):
            assert main([verb, "loss_weights", "--out", str(kept.parent)]) == 2
            said = capsys.readouterr().err
            assert said.count("\n") == 1 and f"{FILES[2]}: line 1: is none that a sweep wrote" in said
        kept.write_text(text)
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize("keys", [keys for keys in FACTS if keys[0] != "identity"], ids=".".join)
def test_a_damaged_fact_of_a_ledger_is_one_line_with_its_remedy(tmp_path, keys, capsys):
    ledger = fill(tmp_path, TRIALS[:2])
    change(ledger.folder / "experiment.json", *keys, to=...)
    for verb in ("status", "report", "replay"):
        assert main([verb, "loss_weights", "--out", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "experiment.json: not what a sweep wrote" in said
        assert "the same command makes it anew, and keeps the trials" in said


CONFIRMED = {
    "study": "loss_weights",
    "experiment": "",
    "setting": DEFAULT,
    "default": DEFAULT,
    "seeds": 5,
    "failed_runs": 0,
    "verdicts": [
        {"setting": DEFAULT, "difference": 0.0, "low": 0.0, "high": 0.0, "error": 0.0, "p": 1.0, "says": "ties"}
    ],
}


@pytest.mark.parametrize(
    "damage",
    [
        *({key: value} for key in CONFIRMED if key != "experiment" for value in (None, [[]])),
        {"verdicts": [{}]},
        {"verdicts": [{**CONFIRMED["verdicts"][0], "p": 7.0}]},
        {"verdicts": [{**CONFIRMED["verdicts"][0], "setting": {}}]},
        {"setting": {}},
        {"foreign": 1},
    ],
    ids=str,
)
def test_a_damaged_confirmation_is_one_line_before_the_report_is_written(kept, damage, capsys):
    content = {**CONFIRMED, "experiment": read_archive(kept).identifier, **damage}
    (kept.parent / "loss_weights.confirmed.json").write_text(json.dumps(content))
    assert main(["report", "loss_weights", "--out", str(kept.parent)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "loss_weights.confirmed.json: " in said and "confirm loss_weights" in said
    assert len(list(kept.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("change_setting", "said"),
    [
        (lambda _: {}, "line 3: is none that a sweep wrote (setting: does not say"),
        (lambda own: {**own, STRONG: [1]}, "line 3: is none that a sweep wrote (setting: holds more than plain values"),
        (lambda _: DEFAULT, "line 3: is of the same setting as line 2"),
    ],
)
def test_a_trial_of_no_or_another_s_setting_is_named(kept, change_setting, said):
    lines = kept.read_text().splitlines()
    row = json.loads(lines[2])
    lines[2] = json.dumps(row | {"setting": change_setting(row["setting"])})
    kept.write_text("\n".join(lines))
    with pytest.raises(BadFile) as error:
        read_archive(kept)
    assert said in str(error.value)


def test_a_number_that_is_no_number_is_refused(clone):
    path = clone / FILES[2]
    first, *rest = path.read_text().splitlines()
    row = json.loads(rest[0])
    row["seconds"] = float("nan")
    path.write_text("\n".join([first, json.dumps(row)]))
    with pytest.raises(BadFile, match="line 2"):
        read_archive(path)


def test_equal_experiments_give_equal_bytes(tmp_path):
    for name, order in (("a", TRIALS), ("b", TRIALS[::-1])):
        write_archive(read_experiment(fill(tmp_path / name, order)), tmp_path / f"{name}.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
