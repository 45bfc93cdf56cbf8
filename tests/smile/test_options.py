"""Numbers, paths and repeated options are read in one way at every door; what is absurd is refused before any work."""

import pytest

from bench.run import main as bench
from smile.door import MISTAKE
from smile.run import main as smile
from sweeps.run import main as sweep

RECORDINGS = ["--data", "manifest=gone.csv"]
#: A door, what it is asked, and an option of a whole number.
COUNTS = [
    (smile, ["train", *RECORDINGS], "--steps"),
    (smile, ["train", *RECORDINGS], "--seed"),
    (smile, ["train", *RECORDINGS], "--restarts"),
    (smile, ["check", *RECORDINGS], "--workers"),
    (smile, ["prepare", *RECORDINGS], "--views"),
    (smile, ["export", "--out", "x"], "--subjects"),
    (smile, ["export", "--out", "x"], "--frames"),
    (smile, ["ceiling"], "--subjects"),
    (bench, RECORDINGS, "--jobs"),
    (bench, RECORDINGS, "--threads"),
    (bench, RECORDINGS, "--frames"),
    (bench, ["tune", "--methods", "simclr"], "--trials"),
    (bench, ["audit", "folds.csv"], "--workers"),
    (sweep, ["loss_weights", *RECORDINGS], "--trials"),
    (sweep, ["loss_weights", *RECORDINGS], "--concurrency"),
    (sweep, ["confirm", "loss_weights", *RECORDINGS], "--best"),
]
AMOUNTS = [
    (smile, ["train", *RECORDINGS], "--gpus-per-worker"),
    (smile, ["prepare", *RECORDINGS], "--clean"),
    (sweep, ["loss_weights", *RECORDINGS], "--minutes"),
    (sweep, ["loss_weights", *RECORDINGS], "--gpus-per-trial"),
    (sweep, ["plan", "loss_weights", *RECORDINGS], "--price-per-hour"),
]
PLACES = [
    (smile, ["train", *RECORDINGS], "--out"),
    (smile, ["train", *RECORDINGS], "--cache"),
    (smile, ["prepare", *RECORDINGS], "--out"),
    (smile, ["predict", "x.obj"], "--model"),
    (bench, RECORDINGS, "--out"),
    (bench, ["features", "--model", "m"], "--out"),
    (sweep, ["loss_weights", *RECORDINGS], "--out"),
]
#: An option of a word, which decides on what is worked, or where.
WORDS = [
    (smile, ["prepare"], "--data"),
    (smile, ["export", "--out", "x"], "--data"),
    (smile, ["train"], "--data"),
    (smile, ["train", *RECORDINGS], "--storage"),
    (smile, ["predict", "x.obj", "--model", "m"], "--fit"),
    (smile, ["submit"], "--fetch"),
    (smile, ["submit", "bench.run"], "--name"),
    (bench, ["tune", "--methods", "simclr"], "--data"),
    (bench, ["features", "--model", "m", "--out", "x.npz"], "--data"),
    (bench, ["show", "results"], "--suite"),
    (bench, RECORDINGS, "--address"),
    (bench, RECORDINGS, "--seed"),
    (sweep, ["loss_weights", *RECORDINGS], "--storage"),
    (sweep, ["replay", "loss_weights"], "--scheduler"),
    (sweep, ["loss_weights", *RECORDINGS], "--budget"),
]


def refuse(door, command, capsys):
    with pytest.raises(SystemExit) as caught:
        door(command)
    assert caught.value.code == MISTAKE
    return capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize(("door", "command", "option"), COUNTS)
def test_a_whole_number_has_digits_and_a_size_that_can_be_meant(door, command, option, capsys):
    for word in ("nan", "1e3", "2.0", "1_000", "\u0663", "", "0x10"):
        assert f"argument {option}: {word!r} is not a whole number" in refuse(
            door, [*command, f"{option}={word}"], capsys
        )
    assert f"argument {option}: -- is no value" in refuse(door, [*command, f"{option}=--"], capsys)
    for word in ("9" * 12, "9" * 5000, "+99999999999999999999"):
        said = refuse(door, [*command, f"{option}={word}"], capsys)
        assert f"argument {option}: {word[:40]} is out of range: " in said and "did you mean" not in said


@pytest.mark.parametrize(("door", "command", "option"), AMOUNTS)
def test_a_number_is_finite(door, command, option, capsys):
    for word in ("nan", "inf", "-inf", "1e400", "1_0", "\u0661.5", ""):
        assert f"argument {option}: {word!r} is not a number" in refuse(door, [*command, f"{option}={word}"], capsys)
    if option == "--gpus-per-trial":
        assert "'-1' is not a number of at least 0" in refuse(door, [*command, f"{option}=-1"], capsys)


@pytest.mark.parametrize(("door", "command", "option"), PLACES)
def test_a_variable_that_is_not_set_is_no_place(door, command, option, capsys):
    for word in ("", "  ", "a\0b"):
        said = refuse(door, [*command, f"{option}={word}"], capsys)
        assert f"argument {option}: {word!r} names no place; write . for the working folder" in said


@pytest.mark.parametrize(
    ("door", "command", "says"),
    [
        (
            smile,
            ["predict", "x.obj", "--model", "a", "--model", "b"],
            "--model: is given twice, as a and b; give it once",
        ),
        (smile, ["train", "--out", "a", "--out", "b"], "--out: is given twice, as a and b"),
        (bench, ["--budget", "full", "--budget", "standard"], "--budget: is given twice, as full and standard"),
        (bench, ["--methods", "pixels", "--methods", "chance"], "--methods: is given twice, as pixels and chance"),
        (sweep, ["loss_weights", "--trials", "3", "--trials", "4"], "--trials: is given twice, as 3 and 4"),
        (
            smile,
            ["train", "--set", "training.epochs=1", "--set", "training.epochs=2"],
            "--set: says training.epochs=1 and training.epochs=2; give each setting once",
        ),
        (bench, ["--set", "training.epochs=1", "--set", "training.epochs=2"], "give each setting once"),
        (sweep, ["both", "--range", "a=1:2", "--range", "a=1:3"], "--range: says a=1:2 and a=1:3"),
    ],
)
def test_of_two_answers_to_one_question_none_is_taken_in_silence(door, command, says, capsys):
    assert says in refuse(door, command, capsys)


@pytest.mark.parametrize("options", [["--subjects", "0"], ["--frames", "-5"], ["--subjects", "9", "--frames", "9"]])
@pytest.mark.parametrize("command", ["train", "prepare", "views"])
def test_options_of_made_faces_are_refused_for_recordings(command, options, capsys):
    named = ["manifest=gone.csv"] if command == "views" else RECORDINGS
    assert smile([command, *named, *options]) == MISTAKE
    assert "--subjects and --frames are for faces that are made; manifest names recordings" in capsys.readouterr().err


def test_a_hint_names_what_was_not_said(capsys):
    assert "did you mean --subjects?" in refuse(smile, ["train", "--subjcts", "3"], capsys)
    assert "did you mean latex?" in refuse(bench, ["show", "x", "--format", "LaTeX"], capsys)


@pytest.mark.parametrize("hours", ["nan", "-1gpuh", "\u0663gpuh", "9" * 400 + "gpuh", "0gpuh"])
def test_a_budget_is_a_number_of_hours(hours, capsys):
    assert sweep(["loss_weights", *RECORDINGS, f"--budget={hours}", "--gpus-per-trial", "1"]) == MISTAKE
    assert "say hours of graphics cards, as in --budget 40gpuh" in capsys.readouterr().err


@pytest.mark.parametrize(("door", "command", "option"), WORDS)
def test_a_word_that_is_empty_is_not_taken_for_no_word(door, command, option, capsys):
    """As of a variable that is not set: --data "" would be made faces."""
    for word in ("", "  "):
        assert "is empty; say what it shall be" in refuse(door, [*command, option, word], capsys)
