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
    """Returns a way to draw on at most `workers` cores (None: all) of the Ray cluster at `address`.

    All nodes must be able to read the scans. If a node is lost, its unfinished clips are drawn again elsewhere. Raises
    UserError where Ray is missing, where no cluster answers, and where drawing itself fails.
    """

    def draw(clips: Sequence[Clip], rendering: Rendering) -> Iterator[tuple[int, bytes]]:
        with joined(address, "data,default"):
            yield from _stream(clips, rendering, workers)

    return draw


def _stream(clips: Sequence[Clip], rendering: Rendering, workers: int | None) -> Iterator[tuple[int, bytes]]:
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)  # it prints its plans; our progress counts clips
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [{"number": number, "clip": clip, "rendering": rendering} for number, clip in enumerate(clips)]
    # One block per clip, so that each clip is passed on as soon as it is drawn.
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
