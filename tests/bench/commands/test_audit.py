"""python -m bench.run --audit: what it prints for people and programs, and its exit status."""

import json

import pytest

from bench import run

CLEAN = "clip,subject,fold\na,A1,1\nb,B1,2\nc,C1,3\n"


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def act(text, *words):
        (tmp_path / "folds.csv").write_text(text)
        status = run.main([*words])
        said = capfd.readouterr()
        return status, said.out, said.err

    return act


def test_a_clean_split_is_green_and_a_leak_is_red(call):
    status, out, err = call(CLEAN, "--audit", "folds.csv")
    assert (status, err) == (0, "")
    assert "3 lines, 3 subjects, 3 folds or roles, 0 scans compared" in out and "GREEN: nothing was found" in out
    assert "scans        not checked  no scans are named" in out
    status, out, _ = call(CLEAN + "d,a 01,2\n", "--audit", "folds.csv")
    assert (
        status == 1 and "RED" in out and "'A1' and 'a 01' (line 2, fold 1 and line 5, fold 2)" in " ".join(out.split())
    )
    assert max(map(len, out.splitlines())) <= 100


def test_the_command_and_the_option_are_one(call):
    assert call(CLEAN, "audit", "folds.csv") == call(CLEAN, "--audit", "folds.csv")


def test_programs_get_one_object(call):
    status, out, _ = call(CLEAN + "d,a 01,2\n", "--audit", "folds.csv", "--json")
    told = json.loads(out)
    assert (status, told["colour"], told["rows"], told["subjects"], told["compared"]) == (1, "red", 4, 3, 0)
    assert {one["check"]: one["colour"] for one in told["checks"]} == {
        "subjects": "red",
        "clips": "green",
        "scans": "not checked",
        "pretraining": "not checked",
        "choice": "not checked",
        "captions": "not checked",
    }


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (CLEAN, ["--audit", "nowhere.csv"], "nowhere.csv does not exist"),
        ("clip,subject\na,A\n", ["--audit", "folds.csv"], "line 1: no column 'fold'"),
        ("clip,subject,fold\na,A,1\n", ["--audit", "folds.csv"], "fold '1' alone"),
        (CLEAN, ["--audit", "folds.csv", "--data", "bu4df=x"], "did you mean 'bu4dfe'"),
        (CLEAN, ["--audit", "folds.csv", "--workers", "0"], "--workers 0"),
    ],
)
def test_misuse_is_one_line_and_status_2(call, text, words, said):
    status, out, err = call(text, *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
