"""Encoders may see further data sets, whole and without labels, and never anybody who is tested."""

import dataclasses

import numpy as np
import pytest

from bench.methods import METHODS
from bench.methods.method import Method
from bench.protocols import PROTOCOLS
from bench.protocols.pretraining import widen
from bench.record import read_records
from smile.errors import UserError
from tests.bench.campaigns import Quiet, campaign_in, run_campaign
from tests.bench.protocols.releases import bosphorus, bu4dfe


def made(make_views, key="bp4d", title="BP4D", **changes):
    return make_views(subjects=5, seed=3, data_set=key, title=title, **{"stand_in": "other", **changes})


@pytest.fixture
def seen(monkeypatch):
    """What the fit of a method with, and of one without labels gets."""
    views = {}

    def keep(name, use):
        def fit(given, labels, config, progress):
            views.setdefault(name, []).append((given, labels))
            return METHODS["pixels"].fit(given, labels, config, progress)

        monkeypatch.setitem(METHODS, name, Method(name, "unsupervised", fit, uses_labels=use))

    keep("simclr", False)
    keep("supervised", True)
    return views


def test_encoders_see_the_further_clips_and_who_is_tested_stays_the_same(tmp_path, make_views, seen):
    views, further = make_views(), made(make_views)
    names = ("simclr", "supervised")
    plain = run_campaign(campaign_in(tmp_path / "a", names), [views], Quiet())
    wide = run_campaign(campaign_in(tmp_path / "b", names), [views], Quiet(), further=[further])
    before, after = seen["simclr"][: len(seen["simclr"]) // 2], seen["simclr"][len(seen["simclr"]) // 2 :]
    assert len(before) == len(after) == len(plain[0].groups)
    for (alone, _), (more, labels) in zip(before, after, strict=True):
        assert labels is None
        assert len(more) == len(alone) + len(further)
        np.testing.assert_array_equal(more.images[len(alone) :], further.images)
        assert set(more.subjects) - set(alone.subjects) == {f"bp4d:{name}" for name in further.subjects}
    assert all("bp4d" not in "".join(given.subjects) for given, _ in seen["supervised"]), "no label, not seen"
    for one, other in zip(plain, wide, strict=True):
        assert one.setting.protocol_hash == other.setting.protocol_hash
        assert other.setting.protocol == f"{one.setting.protocol}+bp4d"
        assert (one.identity != other.identity) and (one.setting.data_hash != other.setting.data_hash)
        assert [a.clip for a in one.predictions] == [a.clip for a in other.predictions]
        assert "encoders also saw 30 clips of 5 subjects of BP4D, without labels" in other.note
        assert other.protocol_title.endswith("encoders also pretrained on BP4D")
    assert read_records(tmp_path / "b", "fer4d")[0]


def test_another_scan_in_the_further_data_set_is_another_result(tmp_path, make_views):
    further = made(make_views)
    changed = dataclasses.replace(further, images=further.images ^ np.uint8(1))
    (one,) = run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], Quiet(), further=[further])
    reporter = Quiet()
    (other,) = run_campaign(campaign_in(tmp_path, ("majority",)), [make_views()], reporter, further=[changed])
    assert one.identity != other.identity
    assert any("another setting" in line for line in reporter.lines)


def test_captions_that_only_further_clips_can_have_are_not_audited(tmp_path, make_views, monkeypatch):
    monkeypatch.setitem(METHODS, "smile_geometry", dataclasses.replace(METHODS["pixels"], arm="geometry"))
    bare = make_views(landmarks=None, landmark_scheme=None)
    run = campaign_in(tmp_path, ("smile_geometry",))
    (record,) = run_campaign(run, [bare], Quiet(), further=[made(make_views)])
    assert record.metrics and record.captions is None


def widened(views, further, protocol="bu4dfe_101"):
    plan, classes = PROTOCOLS[protocol].plan(views, 2)
    views = views.relabel(classes)
    tested = [clip.id for clip in views.clips if clip.labels]
    return widen(PROTOCOLS[protocol], plan, views, tested, [further])


def test_what_a_protocol_keeps_from_encoders_stays_kept(make_clips):
    views, further = bosphorus(make_clips), make_clips("bu3dfe", [("F0001", "anger", {})])
    further = dataclasses.replace(further, images=further.images + np.uint8(9))
    protocol, plan, joined = widened(views, further, "bosphorus_65")
    allowed = PROTOCOLS["bosphorus_65"].pretrain_on(views)
    assert list(protocol.pretrain_on(joined)) == [*allowed, True]
    assert joined.clips[: len(views)] == views.relabel(PROTOCOLS["bosphorus_65"].classify(views)).clips
    assert (joined.data_set, joined.title, joined.labels[-1]) == (views.data_set, views.title, ())
    assert all(group.pretraining[-1] == "bu3dfe:F0001" for group in plan.groups)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data_set": "bu4dfe"}, "BU4DFE is tested"),
        ({}, r"12 tested clip\(s\) have pictures that stand there too, F001/0 as "),
    ],
)
def test_people_on_both_sides_are_refused(make_clips, change, message):
    views = bu4dfe(make_clips, ["F001", "M001"])
    views = dataclasses.replace(views, images=np.arange(12, dtype=np.uint8).reshape(12, 1, 1, 1, 1))
    further = dataclasses.replace(views, **{"data_set": "bp4d", **change})
    with pytest.raises(UserError, match=message):
        widened(views, further)


def test_one_maker_makes_the_same_people_under_every_name(make_views):
    same = make_views(subjects=5, seed=3, data_set="synthetic-theories", stand_in="synthetic, theories")
    with pytest.raises(UserError, match="makes the same people as are tested"):
        widened(make_views(), same, "tenfold")
    export = dataclasses.replace(same, data_set="bu4dfe", title="BU-4DFE")
    _, plan, _ = widened(make_views(), export, "tenfold")
    assert "synthetic made both: the same people act in both unless" in plan.note


def test_pictures_that_do_not_show_the_same_cannot_be_joined(make_views):
    with pytest.raises(UserError, match="do not show the same and cannot be joined"):
        widened(make_views(), made(make_views, planes=("depth",)), "tenfold")
