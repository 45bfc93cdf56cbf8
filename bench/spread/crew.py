"""EDGE ray: measures methods and their encoders side by side, on this machine's cores or all machines of a cluster."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.board import Board
from bench.methods import METHODS
from bench.methods.method import Method
from bench.spread.errand import Crew, Errand, ErrandResult, run_errand
from bench.spread.parts import fit_part, keep_parts, list_parts, read_parts
from smile.atomic import is_full
from smile.cluster import joined, last_line
from smile.errors import UserError
from smile.progress import Reporter

#: How often an errand is run again whose machine or process was lost.
RETRIES = 3


def hire(address: str, threads: int, reporter: Reporter, jobs: int | None = None) -> Crew:
    """Returns a crew on the Ray cluster at `address`; "local" starts one here with room for `jobs` errands at once.

    Each errand, and each encoder of one that has several, reserves as many cores as it has threads, and a GPU where the
    cluster has any. Views lie once on each machine. What is lost with its machine is run again. The findings are the
    bytes that this process would find with as many threads. Raises UserError where no cluster answers, or where no
    machine has so many cores.
    """
    options = {"num_cpus": threads * (jobs or 1), "include_dashboard": False} if address == "local" else {}

    def work(errands: Sequence[Errand]) -> Iterator[tuple[int, ErrandResult]]:
        with joined(address, "default", options):
            yield from _collect(errands, threads, reporter)

    return work


def _collect(errands: Sequence[Errand], threads: int, reporter: Reporter) -> Iterator[tuple[int, ErrandResult]]:
    import ray

    team = _Team.gather(errands, threads)
    for number in range(len(errands)):
        team.begin(number)
    while team.waiting:
        done, _ = ray.wait(list(team.waiting))
        for reference in done:
            number, part = team.waiting.pop(reference)
            if part is not None:
                team.keep(number, part, _fetch(reference))
                continue
            findings, lines = _fetch(reference)
            for line in lines:
                reporter.say(line)
            yield number, findings


@dataclass(frozen=True)
class _Team:
    """Holds the errands, what tasks they are, and which tasks are under way."""

    errands: Sequence[Errand]
    threads: int
    boards: Mapping[int, Any]  # id of a board -> its place in Ray's store
    run: Any  # the task of a whole errand
    fit: Any  # the task of one encoder
    parts: dict[int, set[int]]  # number of an errand -> encoders that are not fitted yet
    waiting: dict[Any, tuple[int, int | None]]  # reference -> errand, and which of its encoders; None: the whole

    @staticmethod
    def gather(errands: Sequence[Errand], threads: int) -> _Team:
        """Returns the team on the cluster that this process has joined; UserError where no machine has the cores."""
        import ray

        most = max((node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]), default=0)
        if most < threads:
            raise UserError(
                f"no machine of the cluster has {threads} cores for one method (at most {most:g}); --threads"
            )
        boards = {key: ray.put(board) for key, board in {id(one.board): one.board for one in errands}.items()}
        graphics = min(ray.cluster_resources().get("GPU", 0), 1)
        make = ray.remote(num_cpus=threads, num_gpus=graphics, max_retries=RETRIES)
        parts = {number: set(list_parts(errand)) for number, errand in enumerate(errands)}
        return _Team(errands, threads, boards, make(_run), make(_fit), parts, {})

    def begin(self, number: int) -> None:
        """Sends the encoders of an errand that are left to fit, or else the whole errand, which reads all others."""
        errand = self.errands[number]
        for part in sorted(self.parts[number]):
            self.waiting[self._send(self.fit, errand, part)] = (number, part)
        if not self.parts[number]:
            self.waiting[self._send(self.run, errand, read_parts(errand))] = (number, None)

    def keep(self, number: int, part: int, found: bytes | None) -> None:
        """Keeps the file of an encoder, if there is one; after the last the whole errand is sent."""
        if found:
            keep_parts(self.errands[number].work, {part: found})
        self.parts[number].discard(part)
        if not self.parts[number]:
            self.begin(number)

    def _send(self, task: Any, errand: Errand, what: Any) -> Any:
        facts = (errand.name, errand.config, errand.cells, errand.work)
        return task.remote(self.boards[id(errand.board)], facts, METHODS[errand.name], self.threads, what)


def _fetch(reference: Any) -> Any:
    """Returns what a task brought home."""
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None)
        if cause is not None and is_full(cause):
            raise cause from None
        raise UserError(
            f"a machine was lost {RETRIES + 1} times: {last_line(error)}; the same command goes on"
        ) from error


def _open(board: Board, facts: tuple[Any, ...], method: Method, threads: int) -> Errand:
    """Returns an errand, all of whose fields but the board are `facts`, on the machine that runs it."""
    import torch

    torch.set_num_threads(threads)
    errand = Errand(board, *facts)
    METHODS[errand.name] = method  # one of the user's own is not in the table there
    return errand


def _fit(board: Board, facts: tuple[Any, ...], method: Method, threads: int, part: int) -> bytes | None:
    """Fits one encoder of an errand; returns its file."""
    return fit_part(_open(board, facts, method, threads), part)


def _run(
    board: Board, facts: tuple[Any, ...], method: Method, threads: int, parts: Mapping[int, bytes]
) -> tuple[ErrandResult, list[str]]:
    """Runs an errand some of whose encoders may be fitted; returns what it found and said."""
    errand = _open(board, facts, method, threads)
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as own:
        work = errand.work if _is_shared(errand.work) else Path(own)
        if work == Path(own):
            keep_parts(work, parts)
        findings = run_errand(replace(errand, work=work), lambda *_: None, lines.append)
    return findings, lines


def _is_shared(work: Path) -> bool:
    """Whether the results folder of the user is there and open to this machine too."""
    results = work.parent.parent
    return results.is_dir() and os.access(results, os.W_OK)
