"""Whole runs under the protocols of the field: rounds, two of one data set, across two, several classes a clip."""

import collections
import dataclasses

import numpy as np
import pytest

from bench.figures.drawing import draw_figures
from bench.protocols import PROTOCOLS
from bench.record import read_records
from bench.suites import choose_suite
from bench.tables.markdown import render
from tests.bench.campaigns import Quiet, campaign_in, run_campaign
from tests.rows import facts


def at_levels(make_views, subjects=40):
    """Made faces as if they were BU-3DFE: each expression once, at level 4, under its release's names."""
    views = make_views(subjects=subjects, data_set="bu3dfe", title="BU-3DFE")
    names = tuple(f"F{int(name[1:]):04d}" for name in views.subjects)
    return dataclasses.replace(views, clips=facts(views.clip_ids, names, views.labels, [{"level": "4"}] * len(views)))


@pytest.mark.slow
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


def test_across_two_data_sets_the_tested_one_alone_is_changed(tmp_path, make_clips):
    shown = (("happiness", "T1"), ("disgust", "T8"))
    sets = [make_clips(key, [(f"F{n}", what, {"task": task}) for n in range(4) for what, task in shown])
            for key in ("bp4d", "bu4dfe")]  # fmt: skip
    asked = []

    def show(condition, data_set, clips):
        asked.append((condition, data_set, sorted(clips)))
        return sets[0]

    campaign = campaign_in(tmp_path, ("chance",), "quick", ("bu4dfe_bp4d",))
    campaign = dataclasses.replace(campaign, suite=dataclasses.replace(campaign.suite, conditions=("clean", "noisy")))
    clean, noisy = run_campaign(campaign, sets, Quiet(), show)
    assert asked == [("noisy", "bp4d", sorted(sets[0].clip_ids))]
    assert [one.clip for one in noisy.predictions] == [one.clip for one in clean.predictions]
    assert len(noisy.predictions) == 8


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
    assert [path.name for path in draw_figures(tmp_path, choose_suite("fer4d"), found)] == ["accuracy.png", "cost.png"]
