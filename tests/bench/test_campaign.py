"""Whole runs on small views: what is recorded, reused, computed again, and survives a kill."""

import collections
import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from bench.campaign import SOURCES, Campaign, run_campaign
from bench.figures import draw_figures
from bench.methods import METHODS
from bench.methods.method import Method, Unsuitable
from bench.protocols import PROTOCOLS
from bench.record import read_records
from bench.suites import choose_budget, choose_suite, make_config
from bench.tables import render, render_csv
from smile.provenance import ROOT

FLOORS = ("chance", "majority", "pixels", "landmarks")


class Quiet:
    """A reporter that remembers the lines."""

    def __init__(self):
        self.lines = []

    def __call__(self, what, done, total):
        assert done <= total, what

    def say(self, line):
        self.lines.append(line)


def forbid(*_, **__):
    pytest.fail("measured again")


def campaign_in(out, methods=FLOORS, budget="standard", protocols=(), **changes):
    suite = choose_suite("fer4d", methods)
    config = make_config(suite, choose_budget(budget), 0, changes)
    return Campaign(suite, choose_budget(budget), config, out, "python -m bench.run", protocols)


def accuracies(records):
    return {record.method: record.metrics["accuracy"].value for record in records}


def content_without_costs(out):
    """Everything that the records say, seconds and checksums aside."""
    found = {}
    for path in sorted((out / "records").rglob("*.json")):
        content = json.loads(path.read_text())
        del content["seconds"], content["checksum"]
        found[path.name] = content
    return found


def test_floors_do_what_they_are_for(tmp_path, make_views):
    found = accuracies(run_campaign(campaign_in(tmp_path), [make_views()], Quiet()))
    assert found["majority"] == pytest.approx(1 / 6)
    assert found["chance"] < 0.4
    assert found["pixels"] > 0.8
    assert found["landmarks"] > 0.8


def test_a_record_says_where_its_numbers_come_from(tmp_path, make_views, skipped):
    views = make_views(skipped=skipped)
    (record,) = run_campaign(campaign_in(tmp_path, ("pixels",)), [views], Quiet())
    assert (record.clips, record.subjects, len(record.predictions)) == (72, 12, 72)
    assert record.setting.data_hash == views.content_hash()
    assert record.skipped == skipped
    assert record.stand_in == "synthetic"
    assert record.versions["numpy"] == np.__version__
    assert record.command == "python -m bench.run"
    assert len(record.groups) == 5 and record.seconds > 0 and record.device


def test_a_second_run_computes_nothing(tmp_path, make_views, monkeypatch):
    first = run_campaign(campaign_in(tmp_path), [make_views()], Quiet())
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    monkeypatch.setattr("bench.campaign.evaluate", forbid)
    assert run_campaign(campaign_in(tmp_path), [make_views()], Quiet()) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == files
    assert not list((tmp_path / "work").iterdir())


def test_same_seed_twice_gives_the_same_records_costs_aside(tmp_path, make_views):
    for place in "ab":
        run_campaign(campaign_in(tmp_path / place), [make_views()], Quiet())
    assert content_without_costs(tmp_path / "a") == content_without_costs(tmp_path / "b")


@pytest.mark.parametrize("damage", ["", "{", "cut", "digit"])
def test_a_record_damaged_on_disk_is_computed_again_and_said(tmp_path, make_views, damage):
    run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())
    before = content_without_costs(tmp_path)
    path = next((tmp_path / "records").rglob("majority.json"))
    text = path.read_text()
    path.write_text(
        {"cut": text[: len(text) // 2], "digit": text.replace('"fold": 0', '"fold": 1', 1)}.get(damage, damage)
    )
    reporter = Quiet()
    run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], reporter)
    assert any("majority.json" in line and "again" in line for line in reporter.lines)
    assert content_without_costs(tmp_path) == before


@pytest.mark.parametrize("change", ["data", "config", "budget"])
def test_another_setting_is_computed_again_and_said(tmp_path, make_views, change):
    run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())
    reporter = Quiet()
    other = campaign_in(
        tmp_path,
        ("majority",),
        budget="quick" if change == "budget" else "standard",
        **({"losses.alignment.weight": 0.5} if change == "config" else {}),
    )
    (record,) = run_campaign(other, [make_views(seed=change == "data")], reporter)
    assert any("another setting" in line for line in reporter.lines)
    assert record.setting.budget == other.budget.name


def test_one_subject_gives_rows_with_the_reason_and_the_other_data_set_goes_on(tmp_path, make_views):
    alone = make_views(subjects=1, data_set="bu4dfe", title="BU-4DFE", stand_in="", attributes=({"sex": "F"},) * 6)
    records = run_campaign(campaign_in(tmp_path), [alone, make_views()], Quiet())
    assert [record.failed for record in records] == [True] * 4 + [False] * 4
    assert "1 subject(s)" in records[0].reason
    text = render(choose_suite("fer4d"), records)
    assert text.count("Not evaluated: protocol bu4dfe_101: 1 subject(s)") == 1
    assert "Raw pixels" in text


def test_a_failing_method_keeps_a_row_with_its_reason_and_the_others_go_on(tmp_path, make_views, monkeypatch):
    def fail(*_):
        raise ValueError("the tower fell over")

    monkeypatch.setitem(METHODS, "random", Method("Faulty", "unsupervised", fail))
    reporter = Quiet()
    records = run_campaign(campaign_in(tmp_path, ("majority", "random", "smile_none")[:2]), [make_views()], reporter)
    assert [(r.method, r.failed, r.reason) for r in records] == [
        ("majority", False, ""),
        ("random", True, "ValueError: the tower fell over"),
    ]
    assert any("Traceback" in line for line in reporter.lines)
    text = render(choose_suite("fer4d"), records)
    assert "failed: ValueError: the tower fell over" in text


def test_a_failed_method_is_tried_again(tmp_path, make_views, monkeypatch):
    working, calls = METHODS["majority"], []

    def fail_once(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError
        return working.fit(*arguments)

    monkeypatch.setitem(METHODS, "majority", Method("Moody", "floor", fail_once))
    assert run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())[0].failed
    assert not run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())[0].failed


def test_data_without_landmarks_leave_a_row_that_says_so(tmp_path, make_views, monkeypatch):
    views = make_views(landmarks=None, landmark_scheme=None)
    records = run_campaign(campaign_in(tmp_path, ("landmarks", "smile_geometry")), [views], Quiet())
    assert [(r.reason, r.failed) for r in records] == [("needs landmarks", False)] * 2
    monkeypatch.setattr("bench.campaign.evaluate", forbid)
    assert run_campaign(campaign_in(tmp_path, ("landmarks",)), [views], Quiet())[0] == records[0]


def test_unsuitable_is_told_apart_from_a_fault(tmp_path, make_views, monkeypatch):
    def refuse(*_):
        raise Unsuitable("needs two faces")

    monkeypatch.setitem(METHODS, "majority", Method("Picky", "floor", refuse))
    (record,) = run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet())
    assert (record.reason, record.failed, record.metrics) == ("needs two faces", False, {})


KILLED = """
    import sys, time
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from conftest import make_views
    from bench.methods import METHODS
    from bench.methods.method import Method
    from test_campaign import Quiet, campaign_in
    from bench.campaign import run_campaign
    from smile import provenance

    def slow(views, labels, config, progress):
        with open({log!r}, "a") as log:
            log.write("fit\\n")
        if Path({log!r}).read_text().count("fit") == {hang_at}:
            time.sleep(60)
        return METHODS["pixels"].fit(views, labels, config, progress)

    provenance.device = lambda: "any"  # asking torch takes seconds
    METHODS["simclr"] = Method("Slow", "unsupervised", slow)
    run_campaign(campaign_in(Path({out!r}), ("majority", "simclr", "landmarks")), [make_views()], Quiet())
"""


def start(tmp_path, out, hang_at=0):
    places = {"tests": str(Path(__file__).parent), "log": str(tmp_path / f"{out}.log"), "out": str(tmp_path / out)}
    script = textwrap.dedent(KILLED.format(hang_at=hang_at, **places))
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_a_killed_run_resumes_with_what_it_had_and_ends_with_the_same_table(tmp_path):
    assert start(tmp_path, "whole").wait(60) == 0
    log = tmp_path / "killed.log"
    run = start(tmp_path, "killed", hang_at=3)
    while run.poll() is None and not (log.exists() and log.read_text().count("fit") == 3):
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    assert run.wait(10) == -signal.SIGKILL
    records, _ = read_records(tmp_path / "killed", "fer4d")
    assert [record.method for record in records] == ["landmarks", "majority"], "killed in the third method"
    assert start(tmp_path, "killed").wait(60) == 0
    assert log.read_text().count("fit") == 3 + 3, "of five encoders the two finished ones are not fitted again"
    assert content_without_costs(tmp_path / "killed") == content_without_costs(tmp_path / "whole")
    tables = []
    for out in ("killed", "whole"):
        records, damaged = read_records(tmp_path / out, "fer4d")
        assert not damaged
        tables.append([line.rpartition(",")[0] for line in render_csv(records).splitlines()])
    assert tables[0] == tables[1]
    assert not list((tmp_path / "killed" / "work").iterdir())


def test_everything_that_a_score_is_computed_with_is_in_its_identity():
    """Follows the imports of evaluation and methods; what is not hashed must be listed here with its reason."""
    import ast

    unhashed = {
        "bench/__init__.py",
        "smile/__init__.py",
        "smile/data/__init__.py",
        "smile/rendering/__init__.py",
        "smile/rendering/views.py",  # the container; its content is hashed
        "smile/data/face.py",  # the container and the order of the classes
        "smile/errors.py",  # words
        "smile/atomic.py",  # how files are written
        "smile/provenance.py",  # where a number comes from
    }
    seen, waiting = set(), ["bench/evaluation.py", "bench/methods/__init__.py"]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("smile", "bench"):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                paths = [Path(*name.split(".")) for name in names]
                files = [file for path in paths for file in (path.with_suffix(".py"), path / "__init__.py")]
                waiting += [file.as_posix() for file in files if (ROOT / file).exists()]
    hashed = {file for file in seen if any(file == source or file.startswith(f"{source}/") for source in SOURCES)}
    assert seen - hashed - unhashed == set()
    assert len(hashed) > 20


def at_levels(make_views, subjects=40):
    """Made faces as if they were BU-3DFE: each expression once, at level 4, under its release's names."""
    views = make_views(subjects=subjects, data_set="bu3dfe", title="BU-3DFE")
    names = tuple(f"F{int(name[1:]):04d}" for name in views.subjects)
    return dataclasses.replace(views, subjects=names, attributes=({"level": "4"},) * len(views))


def test_a_protocol_of_the_field_runs_whole_rounds_and_says_what_it_was(tmp_path, make_views):
    campaign = campaign_in(tmp_path, ("majority", "pixels"), "quick", ("bu3dfe_p1", "bu3dfe_p2"))
    records = run_campaign(campaign, [at_levels(make_views)], Quiet())
    assert [record.setting.protocol for record in records] == ["bu3dfe_p1_reduced"] * 2 + ["bu3dfe_p2_reduced"] * 2
    for record in records:
        assert (record.rounds, record.setting.protocol_version) == (100, 1)
        assert record.protocol_title == PROTOCOLS[record.setting.protocol.removesuffix("_reduced")].title
        often = collections.Counter()
        for one in record.predictions:
            often[one.clip] += one.times
        assert set(often.values()) == {100} if record.setting.protocol.startswith("bu3dfe_p1") else len(often) == 240
        assert sum(often.values()) % 600 == 0
    assert [record.metrics["accuracy"].value > 0.8 for record in records] == [False, True] * 2
    assert records[0].metrics["accuracy"].value == pytest.approx(1 / 6)
    assert len({record.setting.protocol_hash for record in records}) == 2
    text = render(choose_suite("fer4d"), records)
    assert "**Reduced: 40 of 100 subjects." in text and "in 100 rounds of 10 subject-independent folds" in text


def test_protocols_of_one_data_set_have_records_and_tables_of_their_own(tmp_path, make_views):
    campaign = campaign_in(tmp_path, ("majority",), "quick", ("tenfold", "bu3dfe_subset1"))
    run_campaign(campaign, [at_levels(make_views, 12)], Quiet())
    records, _ = read_records(tmp_path, "fer4d")
    assert sorted(record.setting.protocol for record in records) == ["bu3dfe_subset1_reduced", "tenfold"]
    assert render(choose_suite("fer4d"), records).count("### Floors") == 2


def test_what_is_in_one_set_is_tested_in_another(tmp_path, make_clips):
    def clips(key, subjects):
        shown = (("happiness", "T1", 40), ("disgust", "T8", 200), ("fear", "T5", 120))
        rows = [(f"F{n:03d}", what, {"task": task}) for n in range(subjects) for what, task, _ in shown]
        grey = np.tile([brightness for _, _, brightness in shown], subjects)
        noise = np.random.default_rng(subjects).integers(-30, 30, size=(len(rows), 1, 1, 3, 3))
        pixels = (grey[:, None, None, None, None] + noise).astype(np.uint8)
        return dataclasses.replace(make_clips(key, rows), images=pixels)

    campaign = campaign_in(tmp_path, ("pixels", "landmarks"), "quick", ("bu4dfe_bp4d",))
    pixels, landmarks = run_campaign(campaign, [clips("bp4d", 5), clips("bu4dfe", 9)], Quiet())
    assert (pixels.setting.data_set, pixels.data_set_title) == ("bp4d", "BU4DFE to BP4D")
    assert (pixels.clips, pixels.subjects, pixels.metrics["accuracy"].value) == (10, 5, 1.0)
    assert {one.clip[:5] for one in pixels.predictions} == {"bp4d:"}
    assert landmarks.reason == "needs landmarks"


def test_several_classes_a_clip_are_measured_and_drawn_apart(tmp_path, make_clips):
    rng = np.random.default_rng(0)
    kinds = (("Positive",), ("Negative", "Others"), ("Surprise",), ("Surprise", "Positive"), ("Repression",))
    rows = [(f"S{n:02d}", kinds[int(k)], {}) for n in range(12) for k in rng.integers(5, size=8)]
    names = ("Positive", "Negative", "Surprise", "Repression", "Others")
    shown = np.array([[name in labels for name in names] for _, labels, _ in rows])
    pixels = (40 + 150 * shown + rng.integers(0, 40, size=shown.shape)).astype(np.uint8)
    views = dataclasses.replace(make_clips("fourdme", rows), images=pixels[:, None, None, None, :])
    found = run_campaign(campaign_in(tmp_path, ("chance", "majority", "pixels")), [views], Quiet())
    exact = {record.method: record.metrics["accuracy"].value for record in found}
    macro = {record.method: record.metrics["macro_f1"].value for record in found}
    assert exact["pixels"] > 0.9 > 0.3 > exact["chance"]
    assert macro["pixels"] > 0.9 > 0.7 > macro["majority"]
    assert all(record.multilabel for record in found)
    text = render(choose_suite("fer4d"), found)
    assert "exact match" in text and "macro UF1" in text
    assert [path.name for path in draw_figures(tmp_path, "fer4d", found)] == ["accuracy.png"]
