"""EDGE ray.data: draws the clips of a data set on all machines of a cluster; only this one writes to the cache."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from smile.cluster import joined, last_line
from smile.config import Rendering
from smile.data.face import Clip
from smile.errors import UserError
from smile.rendering.cache.parts import Draw, draw_part


def on_cluster(address: str, workers: int | None = None) -> Draw:
    """Draws on at most `workers` cores (None: all) of the Ray cluster at `address`; its nodes must reach the scans.

    A node that is lost costs the clips under way, which are drawn again elsewhere. Raises UserError where Ray is
    missing, no cluster answers, or the drawing itself fails.
    """

    def draw(clips: Sequence[Clip], rendering: Rendering) -> Iterator[tuple[int, bytes]]:
        with joined(address, "data,default"):
            yield from _stream(clips, rendering, workers)

    return draw


def _stream(clips: Sequence[Clip], rendering: Rendering, workers: int | None) -> Iterator[tuple[int, bytes]]:
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)  # it tells its plans; ours counts clips
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [{"number": number, "clip": clip, "rendering": rendering} for number, clip in enumerate(clips)]
    # A block a clip, so that each is handed over as soon as it is drawn.
    drawn = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
        _draw_row, num_cpus=1, compute=ray.data.TaskPoolStrategy(workers)
    )
    try:
        for row in drawn.iter_rows():
            yield int(row["number"]), row["part"]
    except ray.exceptions.RayError as error:
        raise UserError(f"the cluster cannot draw: {last_line(error)}") from error


def _draw_row(row: dict[str, Any]) -> dict[str, Any]:
    return {"number": row["number"], "part": draw_part(row["clip"], row["rendering"])}
