"""EDGE ray: measures what a forecast needs and no speed table holds: joining gradients, and handing out tasks."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from smile import provenance
from smile.atomic import write_json
from smile.cluster import joined

#: Where the points lie; the forecast reads them.
FILE = Path("results/cluster.json")
#: Millions of float32 values that two workers add up, as the gradient of a model of so many weights.
SIZES = (0.25, 1.0, 4.0, 16.0)
#: Tasks of Ray that do nothing, handed out at once.
TASKS = (200, 400, 800)
ROUNDS = 7


def take_points(file: Path = FILE) -> dict[str, Any]:
    """Measures the points, writes them to `file` and returns them; takes half a minute on idle cores.

    Of several rounds the fastest counts: others were disturbed.
    """
    made = {"commit": provenance.commit(), "device": provenance.device(), "load": round(os.getloadavg()[0], 1)}
    os.environ.setdefault("RAY_worker_niceness", "0")  # otherwise a busy machine lets them wait
    with joined("local", "default", {"include_dashboard": False, "num_cpus": 2}):
        points = {"made": made, "exchange": _time_exchange(), "tasks": _time_tasks()}
    write_json(file, points)
    return points


def _time_tasks() -> list[dict[str, float]]:
    import ray

    def nothing() -> None:
        pass

    task = ray.remote(num_cpus=1)(nothing)
    ray.get([task.remote() for _ in range(100)])  # starts the workers

    def hand_out(count: int) -> None:
        ray.get([task.remote() for _ in range(count)])

    return [{"tasks": count, "seconds": _best(partial(hand_out, count))} for count in TASKS]


def _time_exchange() -> list[dict[str, float]]:
    import ray

    class Worker:
        def open(self, rank: int, port: int) -> None:
            from torch import distributed

            address = f"tcp://127.0.0.1:{port}"
            distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2)

        def add_up(self, millions: float) -> float:
            import torch
            from torch import distributed

            values = torch.ones(int(millions * 1e6))
            return _best(lambda: distributed.all_reduce(values))

    kind = ray.remote(num_cpus=1)(Worker)
    workers = [kind.remote() for _ in range(2)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ray.get([worker.open.remote(rank, port) for rank, worker in enumerate(workers)])
    found = []
    for millions in SIZES:
        seconds = max(ray.get([worker.add_up.remote(millions) for worker in workers]))
        found.append({"bytes": millions * 4e6, "seconds": seconds})
    return found


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)
