"""A result that still holds is not computed again; one made under anything else is."""

import dataclasses

import pytest

from bench.methods import METHODS
from bench.protocols import PROTOCOLS
from bench.protocols.anyone import TENFOLD
from smile.config import override
from tests.bench.campaigns import Quiet, campaign_in, content_without_costs, forbid, run_campaign


def test_a_second_run_computes_nothing(tmp_path, make_views, monkeypatch):
    first = run_campaign(campaign_in(tmp_path), [make_views()], Quiet())
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    monkeypatch.setattr("bench.spread.errand.evaluate", forbid)
    assert run_campaign(campaign_in(tmp_path), [make_views()], Quiet()) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == files
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.slow
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


def change_a_byte(views):
    images = views.images.copy()
    images[3, 1, 0, 2, 2] ^= 1
    return dataclasses.replace(views, images=images)


def swap_two(pool, encoders):
    """The folds of TENFOLD, but two subjects have each other's place."""
    plan = TENFOLD.draw(pool, encoders)
    one, other = plan.rounds[0].folds[0][0], plan.rounds[0].folds[1][0]
    names = {one: other, other: one}
    folds = tuple(tuple(names.get(name, name) for name in fold) for fold in plan.rounds[0].folds)
    return dataclasses.replace(plan, rounds=(dataclasses.replace(plan.rounds[0], folds=folds),))


EVERY = {(data, method) for data in ("bu4dfe", "synthetic") for method in ("majority", "saved")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("nothing", set()),
        ("weights", {("bu4dfe", "saved"), ("synthetic", "saved")}),
        ("folds", {("synthetic", "majority"), ("synthetic", "saved")}),
        ("data", {("synthetic", "majority"), ("synthetic", "saved")}),
        ("config", EVERY),
    ],
)
def test_what_one_byte_decides_is_computed_again_and_nothing_else(tmp_path, make_views, monkeypatch, changed, again):
    views = [make_views(), make_views(data_set="bu4dfe", title="BU-4DFE", seed=5)]
    monkeypatch.setitem(METHODS, "saved", dataclasses.replace(METHODS["pixels"], source="weights 0"))
    campaign = campaign_in(tmp_path, ())
    campaign = dataclasses.replace(
        campaign, suite=dataclasses.replace(campaign.suite, methods=("majority", "saved"), protocols={})
    )
    run_campaign(campaign, views, Quiet())
    before = {path: path.read_bytes() for path in (tmp_path / "records").rglob("*.json")}
    assert len(before) == len(EVERY)
    for path in before:
        path.touch()
    times = {path: path.stat().st_mtime_ns for path in before}
    if changed == "weights":
        monkeypatch.setitem(METHODS, "saved", dataclasses.replace(METHODS["saved"], source="weights 1"))
    if changed == "folds":
        monkeypatch.setitem(PROTOCOLS, "tenfold", dataclasses.replace(TENFOLD, draw=swap_two))
    if changed == "data":
        views[0] = change_a_byte(views[0])
    if changed == "config":
        campaign = dataclasses.replace(campaign, config=override(campaign.config, {"training.weight_decay": 0.123}))
    run_campaign(campaign, views, Quiet())
    touched = {path for path, time in times.items() if path.stat().st_mtime_ns != time}
    assert {(path.relative_to(tmp_path / "records/fer4d").parts[0], path.stem) for path in touched} == again
