"""Opens a board: one data set under one protocol, with its folds, and with its tested faces under every condition."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bench.evaluation import Cell
from bench.examiner import CLEAN
from bench.methods.method import Unsuitable
from bench.origins import hash_ground
from bench.probes import PROBES
from bench.protocols.plan import Plan
from bench.protocols.pretraining import widen
from bench.protocols.protocol import Protocol
from bench.record import Setting
from bench.suites import Budget, Suite
from smile.config import Config, to_dict
from smile.digests import digest
from smile.errors import UserError
from smile.rendering.views import OF, Views, join

if TYPE_CHECKING:  # imports compiled code, for which --list must not wait
    from bench.audit.scans import Likeness

#: Draws clips of a data set under a condition: (condition, data set, ids of clips) -> views. Raises Unsuitable where
#: the condition cannot be shown on these faces.
Show = Callable[[str, str, Collection[str]], Views]


@dataclass(frozen=True)
class Campaign:
    """Says what to run and how, where to write results, and which command the user typed."""

    suite: Suite
    budget: Budget
    config: Config
    out: Path
    command: str
    protocols: tuple[str, ...] = ()  # that the user named; if empty, each data set runs its main protocol
    seeds: tuple[int, ...] = (0,)  # of the training; each takes the place of config.training.seed
    takes: tuple[str, ...] = ()  # the data sets that it runs on; if empty, all there are
    compare_scans: Callable[[], Likeness] | None = None  # finds copies among the scans; None: they are not at hand

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every condition with every probe of the suite."""
        return tuple(itertools.product(self.suite.conditions, self.suite.probes))


@dataclass(frozen=True)
class Board:
    """Holds one data set under one protocol. If `plan` is None, nothing can be measured; see `reason`."""

    protocol: Protocol
    views: Views  # its labels are the classes of the protocol
    plan: Plan | None
    reason: str
    shown: Mapping[str, Views | str]  # condition -> tested clips under it, or why they cannot be shown; without CLEAN
    data_hash: str

    @property
    def tested(self) -> list[str]:
        """Ids of the tested clips."""
        return list_tested(self.views, self.plan) if self.plan else []

    @cached_property
    def folds_hash(self) -> str:
        """Hash of counted clips, their classes, the folds and the encoders."""
        return digest([self.plan.hash, self.views.clip_ids, self.views.labels]) if self.plan else ""

    @cached_property
    def data_hashes(self) -> Mapping[str, str]:
        """Condition -> hash of all images that decide a result under it."""
        changed = {name: digest([self.data_hash, _hash_shown(shown)], 64) for name, shown in self.shown.items()}
        return {CLEAN: self.data_hash, **changed}


def open_board(
    protocol: Protocol,
    parts: Sequence[Views],
    encoders: int,
    conditions: Sequence[str],
    show: Show,
    further: Sequence[Views] = (),
) -> Board:
    """Draws the folds on the views of one data set, or of several that the protocol joins; shows tested clips.

    `encoders` is that of the budget. Encoders are pretrained on the `further` data sets as well; see `widen`, whose
    errors are raised.
    """
    views = parts[0] if len(parts) == 1 else join(parts)
    plan, classes, reason = None, views.labels, ""
    try:
        plan, classes = protocol.plan(views, encoders)
        refuse_hopeless(views.relabel(classes), plan)
    except UserError as error:
        plan, reason = None, str(error)
    relabelled = views.relabel(classes)
    shown = {name: _show(relabelled, plan, parts, name, show) for name in conditions if plan and name != CLEAN}
    if plan and further:
        protocol, plan, relabelled = widen(protocol, plan, relabelled, list_tested(relabelled, plan), further)
        views = relabelled
    return Board(protocol, relabelled, plan, reason, shown, views.content_hash())


def make_setting(campaign: Campaign, board: Board, cell: Cell, seed: int) -> Setting:
    """Returns the setting of one cell of a board."""
    plan, config = board.plan, to_dict(campaign.config)
    del config["training"]["seed"]
    return Setting(
        suite=campaign.suite.name,
        suite_version=campaign.suite.version,
        data_set=board.views.data_set,
        protocol=board.protocol.name + ("_reduced" if plan and plan.reduced else ""),
        protocol_version=board.protocol.version,
        protocol_hash=plan.split_hash if plan else "",
        condition=cell[0],
        probe=cell[1],
        budget=campaign.budget.name,
        seed=seed,
        config=config,
        data_hash=board.data_hashes.get(cell[0], board.data_hash),
        folds_hash=board.folds_hash,
        source_hash=hash_ground(board.protocol, PROBES[cell[1]]),
    )


def _show(views: Views, plan: Plan, parts: Sequence[Views], condition: str, show: Show) -> Views | str:
    """Returns the tested clips under a condition, with the ids of `views`; the reason where they cannot be shown."""
    tested, found = list_tested(views, plan), []
    try:
        for part in parts:
            of = f"{part.data_set}{OF}" if len(parts) > 1 else ""
            wanted = [clip.removeprefix(of) for clip in tested if clip.startswith(of)]
            if wanted:
                found.append(show(condition, part.data_set, wanted))
    except Unsuitable as error:
        return str(error)
    return join(found) if len(parts) > 1 else found[0]


def list_tested(views: Views, plan: Plan) -> list[str]:
    """Returns the ids of the clips that any round tests; the labels of `views` are the classes of the protocol."""
    tested = set(plan.evaluated)
    return [clip.id for clip in views.clips if clip.labels and clip.subject in tested]


def _hash_shown(shown: Views | str) -> str:
    return shown if isinstance(shown, str) else shown.content_hash()


def refuse_hopeless(views: Views, plan: Plan) -> None:
    """Raises UserError where there is nothing to tell apart: fewer than two classes that several subjects show.

    With one class every method scores 100 %, and with one subject a class every method scores 0 %.
    """
    shown = show_classes(views, plan)
    several = [name for name, subjects in shown.items() if len(subjects) > 1]
    if len(several) < 2:
        raise UserError(
            f"{len(shown)} class(es) count ({', '.join(list(shown)[:5])}), and several subjects show {len(several)} of "
            "them; at least two are needed to measure anything: check the labels and the subjects"
        )


def show_classes(views: Views, plan: Plan) -> dict[str, set[str]]:
    """Returns class -> the subjects in any fold who show it."""
    inside = views.of_subjects(name for folds in plan.rounds for name in folds.subjects)
    shown: dict[str, set[str]] = {}
    for clip in itertools.compress(views.clips, inside):
        for name in clip.labels:
            shown.setdefault(name, set()).add(clip.subject)
    return shown
