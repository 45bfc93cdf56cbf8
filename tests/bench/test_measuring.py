"""All suites in one run: each on the data that it is for, with encoders that are fitted once for all of them."""

import collections
import dataclasses

import numpy as np
import pytest

from bench import measuring, publishing, run
from bench.audit.scans import Likeness
from bench.methods import METHODS
from bench.methods.method import Method
from bench.record import read_records
from bench.suites import BUDGETS, EVERY, SUITES, share_data
from smile.sources import parse_source

NOTHING = Likeness((), (), ())
FIVE = ("bu3dfe", "bosphorus", "bu4dfe", "bp4d", "fourdme")


class Studio:
    """Pictures of every data set that was asked for, drawn already; a condition turns them upside down."""

    data_sets = ()

    def __init__(self, views):
        self.views = {one.data_set: one for one in views}

    def draw(self):
        return list(self.views.values())

    def compare_scans(self, _further):
        return NOTHING

    def show(self, _condition, data_set, clips):
        views = self.views[data_set]
        shown = views.rows([row for row, clip in enumerate(views.clip_ids) if clip in clips])
        return dataclasses.replace(shown, images=np.ascontiguousarray(shown.images[..., ::-1, :]))


@pytest.fixture
def bench(tmp_path, make_views, monkeypatch, capfd):
    """Runs the door on small views under any name; returns status, output, errors, and the fits by data set."""
    asked, fits = [], collections.Counter()

    def enter(options, *_, **__):
        keys = [parse_source(option).key for option in options] or ["synthetic"]
        asked.append(keys)
        return Studio([make_views(seed=sum(map(ord, key)), data_set=key, title=key.upper()) for key in keys])

    def fit(views, labels, config, progress):
        fits[views.data_set, config.rendering.view_count] += 1
        return METHODS["pixels"].fit(views, labels, config, progress)

    for name in ("simclr", "full"):
        monkeypatch.setitem(METHODS, name, Method("Counted", "unsupervised", fit))
    monkeypatch.setattr(measuring, "open_studio", enter)
    monkeypatch.setattr(publishing, "draw_figures", lambda *_: None)  # drawn in tests of their own

    def call(*arguments):
        status = run.main(["--out", str(tmp_path), *arguments])
        said = capfd.readouterr()
        return status, said.out, said.err, asked, fits

    return call


def test_without_data_made_faces_are_measured_by_every_suite_that_can(bench, tmp_path):
    status, out, _, asked, fits = bench("--suite", "all", "--methods", "simclr,full")
    assert status == 0
    assert asked == [["synthetic"]] * 2, "once for all suites, once for the ablation, which sees more views"
    assert fits == {("synthetic", 3): 1, ("synthetic", 7): 1}, "one encoder serves fer4d, robust and few"
    for name in ("fer4d", "robust", "few", "ablation"):
        assert {one.setting.data_set for one in read_records(tmp_path, name)[0]} == {"synthetic"}
        assert (tmp_path / f"{name}.md").is_file()
    for name in ("fer3d", "mer4d", "cross"):
        assert not (tmp_path / f"{name}.md").exists()
        assert f"{name} " in out
    assert out.count("not run: no data given") == sum(len(SUITES[name].data_sets) for name in EVERY)


def test_what_one_suite_measured_serves_no_other_under_its_name(bench, tmp_path):
    bench("--suite", "all", "--methods", "simclr")
    (own,) = read_records(tmp_path, "fer4d")[0]
    twin = next(one for one in read_records(tmp_path, "robust")[0] if one.setting.condition == "clean")
    assert own.predictions == twin.predictions
    assert own.identity != twin.identity
    assert bench("--suite", "fer4d", "--methods", "simclr")[4] == {("synthetic", 3): 1}, "nothing is fitted again"


@pytest.mark.slow
def test_a_cell_that_is_missing_in_one_suite_is_measured_for_it_alone(bench, tmp_path):
    bench("--suite", "all", "--methods", "simclr")
    files = {path: path.read_bytes() for path in (tmp_path / "records").rglob("*.json")}
    (gone,) = [path for path in files if path.parts[-7] == "few" and "occluded" in path.parts]
    gone.unlink()
    bench("--suite", "all", "--methods", "simclr")
    again = {path: path.read_bytes() for path in (tmp_path / "records").rglob("*.json")}
    assert {path for path in files if files[path] != again[path]} <= {gone} and set(again) == set(files)


def test_each_suite_runs_on_the_data_that_it_is_for():
    shares = share_data([SUITES[name] for name in EVERY], [*FIVE, "manifest"])
    assert shares == {
        "fer3d": ("bu3dfe", "bosphorus"),
        "fer4d": ("bu4dfe", "bp4d", "manifest"),
        "mer4d": ("fourdme",),
        "cross": ("bu3dfe", "bosphorus", "bu4dfe", "bp4d"),
        "robust": (*FIVE, "manifest"),
        "few": (*FIVE, "manifest"),
        "ablation": ("bu4dfe",),
    }
    assert share_data([SUITES["cross"], SUITES["ablation"]], ["bosphorus"]) == {"cross": (), "ablation": ("bosphorus",)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--suite", "all", "--protocol", "tenfold"], "each suite has protocols, probes and conditions of its own"),
        (["--suite", "all", "--probes", "nearest"], "name one suite to choose others"),
        (["--suite", "all", "--methods", "pixles"], "did you mean 'pixels'"),
        (["--suite", "all", "--methods", "hog"], "no suite of all has hog"),
        (["--suite", "al"], "did you mean 'all'"),
        (["--suite", "cross"], "name two with --data (bu4dfe and bp4d;"),
        (["--pretrain", "synthetic"], "--pretrain synthetic: is tested here"),
        (["--pretrain", "bu4df=DIR"], "did you mean 'bu4dfe'"),
    ],
)
def test_a_mistake_is_one_line_and_ends_with_two(bench, arguments, message):
    status, out, errors, asked, _ = bench(*arguments)
    assert (status, out, asked) == (2, "", [])
    assert message in errors and errors.count("\n") == 1


def test_further_data_sets_are_opened_and_join_the_pretraining(bench, tmp_path):
    assert bench("--methods", "simclr", "--pretrain", "bp4d=DIR")[3] == [["synthetic"], ["bp4d"]]
    (record,) = read_records(tmp_path, "fer4d")[0]
    assert record.setting.protocol == "tenfold+bp4d"
    assert any(name.startswith("bp4d:") for group in record.groups for name in group.pretraining)


def test_a_run_across_two_kinds_of_made_faces(bench, tmp_path):
    pair = ("--suite", "cross", "--data", "synthetic:theories", "--data", "ict=DIR", "--methods", "pixels")
    assert bench(*pair)[0] == 0
    records, _ = read_records(tmp_path, "cross")
    assert {(one.setting.protocol, one.setting.data_set) for one in records} == {
        ("synthetic_ict", "ict"),
        ("ict_synthetic", "synthetic-theories"),
    }
    assert all("made both data sets" in one.note for one in records), "of one maker here"


@pytest.mark.slow
def test_the_budget_decides_how_many_encoders_all_suites_share(bench):
    fits = bench("--suite", "all", "--methods", "simclr", "--budget", "standard")[4]
    assert fits == {("synthetic", 3): BUDGETS["standard"].encoders}
