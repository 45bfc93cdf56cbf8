"""A result that still holds is not computed again; one made under anything else is."""

import ast
from pathlib import Path

import pytest

from bench.board import SOURCES
from bench.campaign import run_campaign
from smile.provenance import ROOT
from tests.bench.campaigns import Quiet, campaign_in, content_without_costs, forbid


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


def test_everything_that_a_score_is_computed_with_is_in_its_identity():
    """Follows the imports of evaluation and methods; what is not hashed must be listed here with its reason."""
    unhashed = {
        "bench/__init__.py",
        "smile/__init__.py",
        "smile/data/__init__.py",
        "smile/rendering/__init__.py",
        "smile/rendering/views.py",  # the container; its content is hashed
        "smile/data/face.py",  # the container and the order of the classes
        "smile/errors.py",  # words
        "smile/interruption.py",  # how a command ends
        "smile/arrays.py",  # words for types
        "smile/progress.py",  # what is said meanwhile
        "smile/digests.py",  # names of what is hashed itself
        "smile/rendering/motion/__init__.py",
        "smile/limits.py",  # what settings may be; what they are is hashed
        "smile/atomic.py",  # how files are written
        "smile/provenance.py",  # where a number comes from
        # Asked for the pixel of the background: pictures with another have another hash.
        "smile/rendering/motion/channels.py",
    }
    seen, waiting = set(), ["bench/evaluation.py", "bench/methods/__init__.py"]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        # Neither what draws nor what reads is asked; of the data sets, only their classes are.
        if file == "smile/rendering/motion/channels.py" or file.startswith("smile/sets/"):
            continue
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("smile", "bench"):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                paths = [Path(*name.split(".")) for name in names]
                files = [file for path in paths for file in (path.with_suffix(".py"), path / "__init__.py")]
                waiting += [file.as_posix() for file in files if (ROOT / file).exists()]
    hashed = {file for file in seen if any(file == source or file.startswith(f"{source}/") for source in SOURCES)}
    assert seen - hashed - unhashed == set()
    assert len(hashed) > 20
