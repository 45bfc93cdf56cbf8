"""The curves of renderers: nothing leaves the canvas."""

import re

from matplotlib import rc_context

from bench.speed.stages.render_curves import draw_figure
from tests.canvases import find_outside, keeping, texts_of
from tests.places import ROOT

#: Every file that saves a figure -> the test that measures its texts.
MEASURED = {
    "bench/figures/canvas.py": "tests/bench/figures/test_figures.py",
    "bench/speed/stages/render_curves.py": "tests/bench/speed/stages/test_render_curves.py",
}


def test_nothing_leaves_the_canvas(tmp_path):
    panels = {"triangles of the scan": (1_000, 10_000, 1_000_000), "pixels": (64, 1024), "views": (1, 15), "n": (1, 2)}
    names = ("ours", "pyrender, scan uploaded for each view", "trimesh with embreex")
    rows = [
        {"panel": panel, "at": at, "rate": 10.0 ** (number + 1), "who": who}
        for panel, places in panels.items()
        for at in places
        for number, who in enumerate(names)
    ]
    # The leaderboards' figures switch formulas off for their whole process; powers of ten are formulas.
    with rc_context({"text.parse_math": True}), keeping() as kept:
        draw_figure(rows, tmp_path / "render.png")
    (figure,) = kept.values()
    assert {*names, *panels, "1M"} <= {text for text, _ in texts_of(figure)}
    assert find_outside(figure) == []


def test_no_figure_is_forgotten():
    """Who saves a figure has a test that measures that its texts stay inside; drawers of bench share a canvas."""
    rooms = [file for room in ("smile", "bench", "sweeps", "cluster") for file in sorted((ROOT / room).rglob("*.py"))]
    savers = {file.relative_to(ROOT).as_posix() for file in rooms if re.search(r"\.savefig\(", file.read_text())}
    assert savers == set(MEASURED)
    assert all("find_outside(" in (ROOT / test).read_text() for test in MEASURED.values())
    drawers = {file.stem for file in (ROOT / "bench/figures").glob("*.py") if "return save_canvas(" in file.read_text()}
    measured = {"accuracies", "confusion", "costs", "few_labels", "recalls", "robustness", "embedding", "critical"}
    assert drawers == measured, "tests/bench/figures measures the others; draw a new figure there too"
