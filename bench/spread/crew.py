"""EDGE ray: measures methods side by side, on the cores of this machine or on all machines of a cluster."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.board import Board
from bench.methods import METHODS
from bench.methods.method import Method
from bench.spread.errand import Crew, Errand, ErrandResult, run_errand
from smile.cluster import joined, last_line
from smile.errors import UserError
from smile.progress import Reporter

#: How often an errand is run again whose machine or process was lost.
RETRIES = 3


def hire(address: str, threads: int, reporter: Reporter, jobs: int | None = None) -> Crew:
    """Returns a crew on the Ray cluster at `address`; "local" starts one here with room for `jobs` errands at once.

    Each errand reserves as many cores as it has threads, and a GPU where the cluster has any. Views lie once on each
    machine. An errand that is lost with its machine is run again. The findings are the bytes that this process would
    find with as many threads. Raises UserError where no cluster answers, or where no machine has so many cores.
    """
    options = {"num_cpus": threads * (jobs or 1), "include_dashboard": False} if address == "local" else {}

    def work(errands: Sequence[Errand]) -> Iterator[tuple[int, ErrandResult]]:
        with joined(address, "default", options):
            yield from _collect(errands, threads, reporter)

    return work


def _collect(errands: Sequence[Errand], threads: int, reporter: Reporter) -> Iterator[tuple[int, ErrandResult]]:
    import ray

    total = ray.cluster_resources()
    most = max((node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]), default=0)
    if most < threads:
        raise UserError(f"no machine of the cluster has {threads} cores for one method (at most {most:g}); --threads")
    boards = {key: ray.put(board) for key, board in {id(one.board): one.board for one in errands}.items()}
    remote = ray.remote(num_cpus=threads, num_gpus=min(total.get("GPU", 0), 1), max_retries=RETRIES)(_run)
    waiting: dict[Any, int] = {}
    for number, errand in enumerate(errands):
        facts = (errand.name, errand.config, errand.cells, errand.work)
        waiting[remote.remote(boards[id(errand.board)], facts, METHODS[errand.name], threads)] = number
    while waiting:
        done, _ = ray.wait(list(waiting))
        for reference in done:
            number = waiting.pop(reference)
            findings, lines = _fetch(reference)
            for line in lines:
                reporter.say(line)
            yield number, findings


def _fetch(reference: Any) -> tuple[ErrandResult, list[str]]:
    import ray

    try:
        found: tuple[ErrandResult, list[str]] = ray.get(reference)
    except ray.exceptions.RayError as error:
        raise UserError(
            f"a machine was lost {RETRIES + 1} times: {last_line(error)}; the same command goes on"
        ) from error
    return found


def _run(board: Board, facts: tuple[Any, ...], method: Method, threads: int) -> tuple[ErrandResult, list[str]]:
    """Runs an errand, all of whose fields but the board are `facts`; returns what it found and said."""
    import torch

    torch.set_num_threads(threads)
    errand = Errand(board, *facts)
    METHODS[errand.name] = method  # one of the user's own is not in the table there
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as own:
        work = errand.work if _is_shared(errand.work) else Path(own)
        findings = run_errand(replace(errand, work=work), lambda *_: None, lines.append)
    return findings, lines


def _is_shared(work: Path) -> bool:
    """Whether the results folder of the user is there and open to this machine too."""
    results = work.parent.parent
    return results.is_dir() and os.access(results, os.W_OK)
