"""The door: what a user sees, and with which exit status it ends."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from bench import measuring, run
from bench.audit.copies import Copy
from bench.audit.scans import Likeness, Shot
from bench.methods import METHODS
from bench.methods.method import Method
from bench.probes import PROBES
from bench.protocols import PROTOCOLS
from bench.suites import BUDGETS, SUITES
from smile.door import CUT_OFF
from smile.provenance import ROOT

pytestmark = pytest.mark.usefixtures("unpainted")

NOTHING = Likeness((), (), ())


class Frozen:
    """A studio whose pictures are drawn already; a condition turns them upside down."""

    def __init__(self, views, likeness=NOTHING):
        self.views, self.likeness = views, likeness

    def draw(self):
        return [self.views]

    def compare_scans(self, _further):
        return self.likeness

    def show(self, condition, data_set, clips):
        assert (condition, data_set) == ("occluded", "synthetic")
        shown = self.views.rows([row for row, clip in enumerate(self.views.clip_ids) if clip in clips])
        return dataclasses.replace(shown, images=np.ascontiguousarray(shown.images[..., ::-1, :]))


@pytest.fixture
def bench(tmp_path, make_views, monkeypatch, capfd):
    """Runs the door in this process on small views; returns status, output and errors."""
    views = make_views()
    monkeypatch.setattr(measuring, "open_studio", lambda *_, **__: Frozen(views))

    def call(*arguments):
        status = run.main(["--out", str(tmp_path / "out"), *arguments])
        said = capfd.readouterr()
        return status, said.out, said.err

    return call


def test_a_run_prints_the_table_and_writes_everything(bench, tmp_path, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "MLFLOW_TRACKING_PASSWORD", "RAY_SECRET"):
        monkeypatch.setenv(name, "canary-7f3a")
    status, out, _ = bench("--methods", "majority,pixels")
    assert status == 0
    assert not any(b"canary-7f3a" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert " Raw pixels " in out and "made faces (synthetic)" in out
    assert out.split()[-4:] == ["no", "rival", "of", "others."], "the leaderboard is the last thing printed"
    files = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert files == {
        "fer4d.md",
        "fer4d.csv",
        "index.html",
        "figures/fer4d/synthetic/tenfold/clean/linear_probe/accuracy.png",
        "figures/fer4d/synthetic/tenfold/clean/linear_probe/majority.png",
        "figures/fer4d/synthetic/tenfold/clean/linear_probe/pixels.png",
        "records/fer4d/synthetic/tenfold/clean/linear_probe/seed_0/majority.json",
        "records/fer4d/synthetic/tenfold/clean/linear_probe/seed_0/pixels.json",
        "work/fer4d.lock",
    }
    assert "--methods majority,pixels" in (tmp_path / "out" / "fer4d.md").read_text()


def test_a_copy_among_the_scans_makes_every_row_red(bench, make_views, monkeypatch):
    shots = tuple(Shot(f"synthetic:F{n:03d}/anger", f"synthetic:F{n:03d}", (), 0, "") for n in range(1, 13))
    copies = tuple(Copy(0, other, 0.01, False) for other in range(1, 12))  # of whom most are in other folds
    views = make_views()
    monkeypatch.setattr(measuring, "open_studio", lambda *_, **__: Frozen(views, Likeness(shots, copies, ())))
    status, out, _ = bench("--methods", "majority,pixels")
    assert status == 0 and out.count("\n-- ") == 2
    assert "under another person's name: F001/anger and F" in " ".join(out.split())
    status, again, _ = bench("--methods", "majority,pixels")  # from the records alone
    assert again.count("\n-- ") == 2


def test_a_second_run_of_the_suite_says_that_the_first_is_at_work(bench, tmp_path):
    with measuring.alone(tmp_path / "out", [SUITES["few"], SUITES["fer4d"]]):
        status, out, errors = bench("--methods", "pixels")
        assert (status, out, errors.count("\n")) == (2, "", 1)
        assert "another run of the suite fer4d is at work here; wait for it, or name another --out" in errors
    with measuring.alone(tmp_path / "out", [SUITES["few"]]), measuring.alone(tmp_path / "else", [SUITES["fer4d"]]):
        assert bench("--methods", "pixels")[0] == 0


def test_what_a_killed_run_had_not_finished_is_removed(bench, tmp_path):
    records = tmp_path / "out" / "records" / "fer4d" / "of a method that is not run again"
    records.mkdir(parents=True)
    litter = [tmp_path / "out" / ".fer4d.md.abcdefgh.md", records / ".alpha.json.x_1y2z3w.json"]
    for file in litter:
        file.touch()
    bench("--methods", "majority, pixels")
    assert not any(file.exists() for file in litter)


def test_a_second_run_leaves_the_same_bytes(bench, tmp_path):
    bench("--methods", "majority,pixels")
    files = [path for path in sorted((tmp_path / "out").rglob("*")) if path.is_file()]
    before = [path.read_bytes() for path in files]
    status, out, errors = bench("--methods", "majority,pixels")
    assert (status, " Raw pixels " in out, errors) == (0, True, "")
    assert [path.read_bytes() for path in files] == before


def test_more_methods_join_the_same_table(bench, tmp_path):
    bench("--methods", "pixels")
    bench("--methods", "majority")
    text = (tmp_path / "out" / "fer4d.md").read_text()
    assert text.count("### Floors") == 1
    assert "| [Raw pixels]" in text and "| [Most frequent class]" in text


def test_seeds_conditions_and_probes_are_chosen_on_the_command_line(bench, tmp_path):
    chosen = ["--seeds", "0,2-3", "--conditions", "clean,occluded", "--probes", "nearest"]
    status, out, _ = bench("--methods", "pixels", *chosen)
    assert status == 0 and "tested faces part hidden by" in out and "seeds 0, 2, 3" in out
    files = sorted(
        path.relative_to(tmp_path / "out" / "records").as_posix() for path in (tmp_path / "out").rglob("*.json")
    )
    assert files == [
        f"fer4d/synthetic/tenfold/{condition}/nearest/seed_{seed}/pixels.json"
        for condition in ("clean", "occluded")
        for seed in (0, 2, 3)
    ]


@pytest.mark.parametrize(
    ("text", "seeds"), [("0", (0,)), ("7", (7,)), ("0-4", (0, 1, 2, 3, 4)), ("3, 0", (0, 3)), ("1,0-2", (0, 1, 2))]
)
def test_seeds_are_read_as_numbers_lists_and_ranges(text, seeds):
    assert run.parse_seeds(text) == seeds


def test_a_failing_method_ends_with_one_and_a_row(bench, monkeypatch):
    def fail(*_):
        raise RuntimeError("no luck")

    monkeypatch.setitem(METHODS, "random", Method("Faulty", "unsupervised", fail))
    status, out, _ = bench("--methods", "majority,random")
    assert status == 1
    assert "failed: RuntimeError: no luck" in out and " Most frequent class " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--suite", "fer4"], "did you mean 'fer4d'"),
        (["--methods", "full,pixels"], "method 'full' is not in the suite fer4d"),
        (["--methods", " , "], "--methods ' , ' names none"),
        (["--methods", "smile"], "unknown method 'smile'"),
        (["--method", "vicregg"], "unknown method 'vicregg': did you mean 'vicreg'"),
        (["--method", "no_such_module:METHOD"], "there is no such module here or in the environment"),
        (["--model", "no/such/folder"], "'no/such/folder' cannot be read"),
        (["--budget", "fast"], "unknown budget 'fast'"),
        (["--protocol", "tenfolds"], "did you mean 'tenfold'"),
        (["--protocol", "bu3dfe_p1"], "say where that lies: --data bu3dfe=DIR"),
        (["--protocol", "bu4dfe_bp4d"], "say where that lies: --data bu4dfe=DIR"),
        (["--set", "losses.alignmnt.weight=1"], "did you mean 'losses.alignment.weight'"),
        (["--set", "model.image_tower=tinny"], "unknown vision tower 'tinny': did you mean 'tiny'"),
        (["--set", "training.epochs"], "say what to set it to"),
        (["--set", "training.seed=3"], "give seeds by --seeds"),
        (["--seeds", "4-0"], "--seeds '4-0': at most 100 seeds, ascending"),
        (["--seeds", "0-1000"], "at most 100 seeds"),
        (["--seeds", "0,x"], "'x' is no seed; write e.g. 0-4, or 0,3"),
        (["--seeds", "-1"], "'-1' is no seed"),
        (["--conditions", "oclluded"], "did you mean 'occluded'"),
        (["--probes", "few_label"], "did you mean 'few_labels'"),
        (["--set", "training.epochs=many"], "'many' is not a whole number"),
    ],
)
def test_a_mistake_is_one_line_and_ends_with_two(bench, arguments, message):
    status, out, errors = bench(*arguments)
    assert (status, out) == (2, "")
    assert message in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["bu4dfe=no/such/folder"], "no/such/folder"),
        (["bu4df=here"], "did you mean 'bu4dfe'"),
        (["bu4dfe"], "say where it lies"),
        (["bu4dfe=a", "bu4dfe=b"], "twice"),
        (["synthetic:theories", "synthetic:theories:modes"], "twice: synthetic-theories, synthetic-theories"),
        (["synthetic:theorys"], "did you mean 'theories'"),
    ],
)
def test_data_that_cannot_be_read_are_one_line_and_end_with_two(tmp_path, capfd, data, message):
    options = [part for one in data for part in ("--data", one)]
    assert run.main(["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache"), *options]) == 2
    errors = capfd.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1


def test_the_list_names_every_method_protocol_and_budget(capsys):
    assert run.main(["--list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in (*METHODS, *PROTOCOLS, *PROBES, *BUDGETS, "fer4d"))
    assert "bu3dfe_p1*" in out and "bu3dfe_p2*" not in out


def test_a_reader_of_the_list_who_has_enough_sees_no_trace():
    """As in python -m bench.run --list | head."""
    command = [sys.executable, "-m", "bench.run", "--list"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        reading.stdout.close()
        assert reading.stderr.read() == b""
    assert reading.returncode == CUT_OFF


def test_the_list_for_programs_tells_of_each_method_what_it_knows(capsys):
    assert run.main(["--list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"suites", "data_sets", "protocols", "conditions", "probes", "methods", "budgets"}
    assert set(told["methods"]) == set(METHODS)
    assert told["methods"]["subject_pca"] == {
        "title": "Regression on subject-centred components",
        "family": "control",
        "knows": "who",
        "uses_labels": False,
    }
    assert told["suites"]["fer4d"]["methods"] == list(SUITES["fer4d"].methods)


def test_a_method_that_the_suite_lacks_is_one_more_row(bench):
    status, out, _ = bench("--methods", "majority", "--method", "hog")
    assert status == 0
    assert " HOG, linear SVM " in out and " Most frequent class " in out and " Raw pixels " not in out


def test_help_and_list_load_no_heavy_library():
    code = "import sys; from bench import run; run.main(['--list']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"torch", "transformers", "sklearn", "pandas", "seaborn", "matplotlib", "numba", "scipy", "ray"}
    assert not heavy & set(done.stderr.split())


def test_the_synthetic_stand_in_runs_from_end_to_end(tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(BUDGETS, "quick", dataclasses.replace(BUDGETS["quick"], subjects=4, frames=3))
    small = ["--set", "rendering.image_size=16", "--methods", "chance,landmarks"]
    places = ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    assert run.main([*small, *places]) == 0
    said = capfd.readouterr().out
    assert "12 clips of 2 subjects" in " ".join(said.split())
    said = (tmp_path / "out" / "fer4d.md").read_text()
    assert "Note: leave one subject out: 2 subjects are too few for 10 folds." in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--jobs", "0"], "count from 1"),
        (["--threads", "0"], "count from 1"),
        (["--jobs", "2", "--address", "auto"], "--jobs is for this machine"),
        (["--address", "nowhere"], "give auto, or HOST:PORT"),
    ],
)
def test_hands_that_cannot_be_hired_are_refused_before_anything_is_drawn(bench, monkeypatch, given, said):
    monkeypatch.setattr("bench.measuring.open_studio", lambda *_, **__: pytest.fail("drawn"))
    status, _, errors = bench(*given)
    assert status == 2 and said in errors
