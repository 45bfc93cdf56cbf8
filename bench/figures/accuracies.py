"""Draws the accuracies of all methods under one protocol, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from bench.figures.canvas import mark_content, name_faces, open_canvas, read_mark, save_canvas
from bench.methods.method import Family
from bench.probes import PROBES
from bench.record import Record


def draw_accuracies(path: Path, records: Sequence[Record]) -> Path | None:
    """Draws one row for each method, the best first, in the colour of the method's family.

    Returns None where the image at `path` already shows the same content.
    """
    main = PROBES[records[0].setting.probe].main
    ranked = sorted(records, key=lambda record: (name_faces(record), -record.metrics[main].value, record.title))
    shown = [(name_faces(r), r.title, r.family, main, *vars(r.metrics[main]).values()) for r in ranked]
    mark = mark_content(shown)
    if read_mark(path) == mark:
        return None
    seaborn, axes = open_canvas(9, 0.9 + 0.34 * len(ranked))
    families = get_args(Family)  # all families, so that a family has the same colour in every figure
    colours = dict(zip(families, seaborn.color_palette("colorblind", len(families)), strict=True))
    for row, record in enumerate(ranked):
        score, colour = record.metrics[main], colours[record.family]
        axes.plot([100 * score.low, 100 * score.high], [row, row], color=colour, linewidth=2)
        axes.plot(100 * score.value, row, "o", color=colour, label=record.family)
    axes.set_yticks(range(len(ranked)), [record.title for record in ranked])
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    title = "; ".join(sorted({name_faces(record) for record in ranked}))
    axes.set(xlim=(0, 100), xlabel=f"{main}, percent, with 95 % interval over subjects", title=title)
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(entries.values(), entries.keys(), loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
    axes.grid(axis="x", alpha=0.3)
    return save_canvas(path, axes, mark)
