"""Draws what is left of each method's main number under every condition, as a table in colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.examiner import CLEAN
from bench.figures.canvas import mark_content, name_faces, open_canvas, read_mark, save_canvas
from bench.probes import PROBES
from bench.record import Record


def draw_robustness(path: Path, records: Sequence[Record]) -> Path | None:
    """Draws one row for each method, the best on clean faces first, and one column for each condition.

    A cell without a result stays white. Returns None where the image at `path` already shows the same content.
    """
    main = PROBES[records[0].setting.probe].main
    found: dict[str, dict[str, float]] = {}
    for record in records:
        found.setdefault(record.title, {})[record.setting.condition] = 100 * record.metrics[main].value
    ranked = sorted(found, key=lambda title: (-found[title].get(CLEAN, 0.0), title))
    columns = list(dict.fromkeys(record.setting.condition for record in records))
    values = np.array([[found[title].get(name, np.nan) for name in columns] for title in ranked])
    title = f"{_name_all(records)}\n{records[0].setting.probe.replace('_', ' ')}: {main}, percent"
    mark = mark_content(values.tolist(), ranked, columns, title)
    if read_mark(path) == mark:
        return None
    seaborn, axes = open_canvas(max(3.6 + 1.05 * len(columns), 7), 1.6 + 0.34 * len(ranked))
    options: Mapping[str, object] = {"annot": True, "fmt": ".1f", "cmap": "viridis", "vmin": 0, "vmax": 100}
    names = [name.replace("_", "\n") for name in columns]
    seaborn.heatmap(values, xticklabels=names, yticklabels=ranked, cbar=False, ax=axes, **options)
    axes.tick_params(axis="x", rotation=0)
    axes.figure.suptitle(title, fontsize="medium")  # over the names of the methods too, which are long
    return save_canvas(path, axes, mark)


def _name_all(records: Sequence[Record]) -> str:
    return "; ".join(sorted({name_faces(record) for record in records}))
