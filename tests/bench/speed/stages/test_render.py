"""Peers draw what we draw, a difference is not hidden, and a peer that is missing is a row that says so."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from bench.speed.peers import renderers
from bench.speed.scans import make_scan
from bench.speed.stages import render
from bench.speed.stages.render_curves import Point, SpeedPanel, draw_figure, list_curves, measure_curves
from smile.config import Rendering
from smile.rendering.raster.cameras import cameras

SCAN = make_scan(step=2.0)
RIG = cameras(Rendering(view_count=3))
EMBREE = "trimesh with embreex"


def draw(name, normals=True):
    draws, problems = renderers.open_peers(SCAN, RIG, 224, normals)
    if name not in draws:
        pytest.skip(f"{name} {problems[name]}")
    return draws[name]()


@pytest.mark.filterwarnings("ignore")  # of PyOpenGL and pyrender, which numpy 2 has deprecated much of
@pytest.mark.parametrize("normals", [True, False])
@pytest.mark.parametrize("name", renderers.PEERS)
def test_a_peer_draws_what_we_draw(name, normals):
    assert render.check_agreement(SCAN, draw(name, normals), RIG, renderers.PEERS[name][1])


@pytest.mark.parametrize("fault", ["depth", "outline", "normals"])
def test_a_difference_is_noticed(fault):
    depth, normals = draw(EMBREE)
    if fault == "depth":
        depth[1] += 0.05
    elif fault == "outline":
        depth[2][np.isfinite(depth[2]).cumsum().reshape(224, 224) < 100] = np.nan
    else:
        normals[..., 0] *= -1
    assert not render.check_agreement(SCAN, (depth, normals), RIG, renderers.PEERS[EMBREE][1])


def test_a_missing_peer_is_a_row_that_says_so(monkeypatch):
    def absent(_scan):
        raise ImportError("No module named 'embreex'")

    limits = renderers.PEERS[EMBREE][1]
    peers = {"absent": (absent, limits), EMBREE: renderers.PEERS[EMBREE]}
    monkeypatch.setattr(renderers, "PEERS", peers)
    monkeypatch.setattr(render, "PEERS", peers)
    missing, there = render.time_case(SCAN, "depth and normals", 48, 2, 1)
    assert missing.peer is None and not missing.equal and missing.note == "does not work here: ImportError"
    assert there.equal and there.ratio > 0 and "ms of a core a view" in there.note


@pytest.mark.filterwarnings("ignore")
def test_curves_are_measured_and_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(renderers, "PEERS", {EMBREE: renderers.PEERS[EMBREE]})
    tiny = Point(step=6.0, size=16, views=1)
    panels = [
        SpeedPanel("pixels along a side", [tiny, dataclasses.replace(tiny, size=32)], lambda point: point.size),
        SpeedPanel("threads", [tiny, dataclasses.replace(tiny, threads=2)], lambda point: point.threads),
    ]
    rows = measure_curves(panels, lambda *_: None, rounds=1)
    assert {(row["panel"], row["at"], row["who"]) for row in rows} >= {("threads", 2, "ours"), ("threads", 1, EMBREE)}
    assert all(row["rate"] > 0 for row in rows)
    draw_figure(rows, tmp_path / "figures" / "render.png")
    with Image.open(tmp_path / "figures" / "render.png") as picture:
        assert min(picture.size) > 200
    assert [len(panel.points) >= 1 for panel in list_curves()] == [True] * 4
