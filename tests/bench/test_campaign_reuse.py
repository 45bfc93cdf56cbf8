"""A result that still holds is not computed again; one made under anything else is."""

import pytest

from tests.bench.campaigns import Quiet, campaign_in, content_without_costs, forbid, run_campaign


def test_a_second_run_computes_nothing(tmp_path, make_views, monkeypatch):
    first = run_campaign(campaign_in(tmp_path), [make_views()], Quiet())
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    monkeypatch.setattr("bench.spread.errand.evaluate", forbid)
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
