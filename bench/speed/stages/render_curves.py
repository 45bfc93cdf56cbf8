"""Times views per second against triangles, pixels, views and threads, and draws a figure."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bench.speed.peers.renderers import open_peers
from bench.speed.scans import make_scan
from bench.speed.timing import interleave
from smile.atomic import replacing
from smile.config import Rendering
from smile.progress import Reporter
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize

#: Path of the image below a results folder.
FIGURE = Path("figures") / "speed" / "render.png"
SIZE, VIEW_COUNT, ROUNDS = 224, 12, 3
OURS = "ours"


@dataclass(frozen=True)
class Point:
    """Says what is drawn: depth of this many views; `threads` counts for our renderer only."""

    step: float = 0.712  # mm between vertices
    size: int = SIZE
    views: int = VIEW_COUNT
    threads: int = 1


@dataclass(frozen=True)
class SpeedPanel:
    """Describes one panel: its points, and the label and positions of its horizontal axis."""

    label: str
    points: Sequence[Point]
    position: Callable[[Point], float]


def list_curves() -> list[SpeedPanel]:
    """Returns the four panels; each contains the default point."""
    start, cores = Point(), os.cpu_count() or 1
    return [
        SpeedPanel("triangles", [replace(start, step=step) for step in (2.85, 1.42, 0.712, 0.356)], _count_triangles),
        SpeedPanel(
            "pixels along a side", [replace(start, size=size) for size in (56, 112, 224, 448)], lambda p: p.size
        ),
        SpeedPanel("views", [replace(start, views=views) for views in (1, 3, 6, 12)], lambda p: p.views),
        SpeedPanel(
            "threads", [replace(start, threads=n) for n in range(1, cores + 1) if n == cores or n & (n - 1) == 0],
            lambda p: p.threads,
        ),
    ]  # fmt: skip


def measure_curves(panels: Sequence[SpeedPanel], reporter: Reporter, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Returns a row for each panel, point and way: position, views per second, and who drew them."""
    rows = []
    total, done = sum(len(panel.points) for panel in panels), 0
    for panel in panels:
        for point in panel.points:
            reporter("Timing curves of renderers", done, total)
            rates = _time(point, rounds)
            rows += [{"panel": panel.label, "at": panel.position(point), "rate": r, "who": w} for w, r in rates.items()]
            done += 1
    reporter("Timing curves of renderers", total, total)
    return rows


def draw_curves(out: Path, reporter: Reporter) -> None:
    """Times all curves, and draws them into the results folder `out`."""
    draw_figure(measure_curves(list_curves(), reporter), out / FIGURE)


def draw_figure(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draws four panels with logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    import pandas
    import seaborn
    from matplotlib.ticker import EngFormatter

    short = EngFormatter(places=0, sep="")  # 69k: whole numbers touch
    grid = seaborn.relplot(
        data=pandas.DataFrame(rows), x="at", y="rate", hue="who", style="who", col="panel", col_wrap=2, kind="line",
        markers=True, dashes=False, palette="colorblind", height=3.2, aspect=1.25, facet_kws={"sharex": False},
    )  # fmt: skip
    grid.set(xscale="log", yscale="log").set_titles("").set_axis_labels("", "views a second")
    for label, axes in grid.axes_dict.items():
        places = sorted({row["at"] for row in rows if row["panel"] == label})
        axes.set_xticks(places, [short(place) for place in places])
        axes.minorticks_off()
        axes.set_xlabel(label)
        axes.grid(alpha=0.3)
    grid.legend.set_title(f"depth, {SIZE} pixels, {VIEW_COUNT} views, 69,000 triangles\nwhere not said otherwise")
    with replacing(path) as temporary:
        grid.figure.savefig(temporary, dpi=110, format="png", metadata={"Software": None})


def _time(point: Point, rounds: int) -> dict[str, float]:
    scan, seen_from = make_scan(step=point.step), cameras(Rendering(view_count=point.views))
    draw = partial(rasterize, scan, seen_from, point.size, ("depth",))
    with ThreadPoolExecutor(point.threads) as pool:

        def draw_all() -> None:
            list(pool.map(lambda _: draw(), range(point.threads)))

        if point.threads > 1:
            return {OURS: point.threads * point.views / interleave({OURS: draw_all}, rounds)[OURS]}
        draws, _ = open_peers(scan, seen_from, point.size, normals=False)
        seconds = interleave({OURS: draw, **draws}, rounds)
    return {name: point.views / taken for name, taken in seconds.items()}


def _count_triangles(point: Point) -> float:
    return len(make_scan(step=point.step).triangles)
