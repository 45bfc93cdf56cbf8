"""python -m bench.run tune --methods A,B --trials N: chooses settings on people whom no table shows, N trials each."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smile.config import Config
from smile.errors import UserError
from smile.progress import Reporter

#: Setting -> lowest and highest value that is tried, drawn evenly on a logarithmic scale. Every method that trains has
#: these two; the constants of a loss, which its paper states, are added: see bench/methods/constants.py.
RANGES: dict[str, tuple[float, float]] = {
    "training.learning_rate": (3e-4, 1e-2),
    "training.augmentation": (0.5, 2.0),
}
#: Further settings of methods whose losses are settings of the config, by the beginning of their names.
LOSS_RANGES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "smile_": {"losses.decorrelation.weight": (5e-4, 5e-2), "losses.redundancy.weight": (5e-5, 5e-3)},
    **{name: {"losses.decorrelation.off_diagonal_weight": (5e-4, 5e-2)} for name in ("barlow_twins", "mifar")},
}
#: How a trial is scored.
CELL, METRIC = ("clean", "linear_probe"), "accuracy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("--methods", required=True, metavar="A,B", help="methods that train; see --list")
    add("--trials", type=int, default=8, metavar="N", help="of each method, defaults included (default: %(default)s)")
    add("--data", metavar="NAME=DIR", help="the data set (default: synthetic faces)")
    add("--protocol", metavar="NAME", help="that must test nobody of them (default: the main one of the data set)")
    add("--budget", default="quick", help="of each trial and of the table to come (default: %(default)s)")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting for all trials")
    add("--out", type=Path, default=Path("results/tuning.json"), metavar="F.json", help="default: %(default)s")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")
    add("--workers", type=int, metavar="N", help="threads that render (default: one a core)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Runs the trials that are not on disk, and writes the file; raises UserError where nobody is left to tune on.

    The people are those whom the protocol never tests under this budget. They are dealt as everybody else is: half of
    them pretrain, and the others are tested in ten folds. Returns 1 where a method failed in every trial.
    """
    from bench.methods.tuned import TUNED_SCHEMA, TuningFile
    from smile import provenance
    from smile.atomic import forget_unfinished, write_json
    from smile.door import require_file, require_worker
    from smile.locks import hold_lock

    require_worker(options.workers)
    require_file("--out", options.out, [".json"])
    names = _read_names(options.methods, options.trials)
    scene = _open_scene(options, reporter)
    work = options.out.with_suffix("")
    with hold_lock(work / "lock", f"{options.out}: another process is tuning here; wait for it, or name another --out"):
        forget_unfinished(work)
        found = {
            name: tuple(_try(scene, name, number, work, reporter, options.trials) for number in range(options.trials))
            for name in names
        }
    views, words = scene.board.views, ["tune", "--methods", options.methods, "--trials", str(options.trials)]
    written = TuningFile(
        TUNED_SCHEMA,
        views.data_set,
        views.title,
        tuple(sorted(set(views.subjects))),
        scene.protocol,
        METRIC,
        options.budget,
        options.trials,
        provenance.command_line("bench.run", words),
        provenance.commit(),
        found,
    )
    write_json(options.out, asdict(written))
    for name in names:
        chosen, usual = written.choose(name), found[name][0]
        told = ", ".join(f"{key}={value:g}" for key, value in chosen.settings.items()) or "the defaults"
        print(f"{name}: {100 * chosen.score:.1f} with {told}; the defaults have {100 * usual.score:.1f}")
    print(f"\nWritten: {options.out}. Add --tuned {options.out} to a run, and each method has a tuned row.")
    return int(any(all(trial.score < 0 for trial in trials) for trials in found.values()))


@dataclass(frozen=True)
class _Scene:
    """Holds the people to tune on as a board, the config of the defaults, and the protocol that tests none of them."""

    board: Any
    config: Config
    protocol: str


def _read_names(methods: str, trials: int) -> tuple[str, ...]:
    from bench.methods import METHODS
    from smile.errors import unknown

    names = tuple(dict.fromkeys(filter(None, (name.strip() for name in methods.split(",")))))
    for name in names:
        if name not in METHODS:
            raise unknown("method", name, METHODS)
    if trials < 1 or not names:
        raise UserError("--trials counts from 1, the defaults; --methods names at least one")
    return names


def _open_scene(options: argparse.Namespace, reporter: Reporter) -> _Scene:
    from bench.board import open_board
    from bench.campaign import show_clean_alone
    from bench.data_sets import open_studio
    from bench.protocols.anyone import TENFOLD
    from bench.suites import SUITES, choose_budget, choose_protocols, make_config
    from smile.config import parse_changes
    from smile.training.towers import refuse_unusable

    budget, suite = choose_budget(options.budget), SUITES["fer4d"]
    config = make_config(suite, budget, parse_changes(options.set))
    refuse_unusable(config.model)
    given = [options.data] if options.data else []
    studio = open_studio(
        given, budget, config.rendering, cache=options.cache, workers=options.workers, reporter=reporter
    )
    named = [] if options.protocol is None else [options.protocol]
    ((protocol, _), *_) = choose_protocols(suite, named, [one.name for one in studio.data_sets])
    (views,) = studio.draw()
    whole = open_board(protocol, [views], budget.encoders, (), show_clean_alone)
    people = find_untested(whole)
    board = open_board(TENFOLD, [whole.views.rows(whole.views.of_subjects(people))], 1, (), show_clean_alone)
    if board.plan is None:
        raise UserError(f"the {len(people)} people whom {protocol.name} never tests are too few: {board.reason}")
    return _Scene(board, config, protocol.name)


def find_untested(board: Any) -> tuple[str, ...]:
    """Returns the subjects with labels whom a board never tests and who pretrain; UserError where there are none."""
    if board.plan is None:
        raise UserError(board.reason)
    labelled = {clip.subject for clip in board.views.clips if clip.labels}
    pretraining = {name for group in board.plan.groups for name in group.pretraining}
    people = tuple(sorted((pretraining & labelled) - set(board.plan.evaluated)))
    if not people:
        raise UserError(
            f"{board.protocol.name} tests everybody under this budget, and settings must not be chosen on tested "
            "people; take --budget quick, or a protocol that leaves some out"
        )
    return people


def draw_settings(name: str, number: int) -> dict[str, float]:
    """Returns the changed settings of trial `number` of a method: none in trial 0, drawn ones in the others.

    Equal numbers give all methods equal draws of what they share.
    """
    from bench.methods.constants import list_constants

    ranges = RANGES | list_constants(name)
    for start, own in LOSS_RANGES.items():
        ranges |= own if name.startswith(start) else {}
    drawn = np.random.default_rng((7, number)).random(len(ranges)) if number else ()
    return {
        key: float(f"{low * (high / low) ** place:.3g}")
        for (key, (low, high)), place in zip(ranges.items(), drawn, strict=False)
    }


def _try(scene: _Scene, name: str, number: int, work: Path, reporter: Reporter, count: int) -> Any:
    """Returns the trial, from its file where an equal one was run."""
    from bench.methods import METHODS
    from bench.methods.constants import hold, list_constants
    from bench.methods.tuned import Tried
    from bench.origins import hash_ground, hash_method
    from bench.probes import PROBES
    from smile.atomic import write_json
    from smile.config import override, to_dict
    from smile.digests import digest

    settings = draw_settings(name, number)
    constants = {key: value for key, value in settings.items() if key in list_constants(name)}
    config = override(scene.config, {key: settings[key] for key in settings if key not in constants})
    ground = hash_ground(scene.board.protocol, PROBES[CELL[1]])
    source = hash_method(METHODS[name], config.model)
    facts = [name, source, ground, scene.board.data_hash, scene.board.folds_hash, to_dict(config)]
    facts += [constants] if constants else []
    file = work / f"{name}_{digest(facts)}.json"
    if file.exists():
        return _read_tried(file, settings, digest(facts))
    with hold(constants):
        score = _score(scene, name, config, work / "encoders" / digest(facts), reporter)
    trial = Tried(settings, score, digest(facts))
    write_json(file, asdict(trial))
    reporter(f"tuning {name}", number + 1, count)
    return trial


def _read_tried(file: Path, settings: Mapping[str, float], identity: str) -> Any:
    """Returns a trial that was run before; BadFile where its file is damaged, or of another trial."""
    from bench.methods.tuned import Tried
    from smile.atomic import read_json
    from smile.errors import BadFile
    from smile.limits import rebuild

    remedy = "delete it to run that trial again"
    try:
        found = rebuild(Tried, read_json(file, remedy))
    except ValueError as error:
        raise BadFile(file, "", f"not a trial ({error})", remedy) from None
    scored = found.score == -1 or 0 <= found.score <= 1
    if not scored or (dict(found.settings), found.identity) != (settings, identity):
        raise BadFile(file, "", "not what this trial wrote", remedy)
    return found


def _score(scene: _Scene, name: str, config: Config, work: Path, reporter: Reporter) -> float:
    from bench.spread.errand import Errand, run_errand
    from bench.statistics.scores import score_findings

    errand = Errand(scene.board, name, config, (CELL,), work)
    outcome = run_errand(errand, lambda *_: None, reporter.say).outcomes[CELL]
    shutil.rmtree(work, ignore_errors=True)
    if outcome.reason:
        reporter.say(f"{name}: {outcome.reason}")
        return -1.0
    found = score_findings([outcome.findings], config.training.seed, scene.board.protocol.multilabel)
    return float(found[METRIC].value)
