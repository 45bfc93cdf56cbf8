"""Runs a suite on data: reads the record of each method, or measures the method and writes its record."""

from __future__ import annotations

import itertools
import shutil
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench.audit.captions import CaptionAudit, audit_captions
from bench.evaluation import Measurement, Served, evaluate
from bench.methods import METHODS
from bench.methods.method import Method, Unsuitable
from bench.probes import PROBES
from bench.protocols.plan import Plan
from bench.protocols.protocol import Protocol
from bench.record import Record, Setting, identify, read_record, record_path, write_record
from bench.statistics.scores import score
from bench.statistics.subgroups import score_subgroups
from bench.suites import Budget, Suite, choose_protocols
from smile import provenance
from smile.config import Config, to_dict
from smile.digests import digest
from smile.errors import BadFile, UserError
from smile.progress import Reporter
from smile.rendering.views import Views, join

#: The files that decide a score. Files that read and draw scans are not listed: `data_hash` covers what they produce.
SOURCES = (
    "smile/config.py",
    *(f"smile/data/{name}.py" for name in ("facs", "landmarks", "splits")),
    *(f"smile/{room}" for room in ("model", "captions", "losses", "training")),
    *(f"bench/{room}" for room in ("methods", "protocols", "probes", "statistics", "audit", "evaluation.py")),
)


@dataclass(frozen=True)
class Campaign:
    """Says what to run and how, where to write results, and which command the user typed."""

    suite: Suite
    budget: Budget
    config: Config
    out: Path
    command: str
    protocols: tuple[str, ...] = ()  # that the user named; if empty, each data set runs its main protocol


@dataclass(frozen=True)
class Board:
    """Holds one data set under one protocol and probe. If `plan` is None, nothing can be measured; see `reason`."""

    protocol: Protocol
    views: Views  # its labels are the classes of the protocol
    setting: Setting
    plan: Plan | None
    reason: str


@dataclass(frozen=True)
class Outcome:
    """Holds the predictions of one method, or the reason why there are none."""

    served: Served | None
    reason: str = ""
    failed: bool = False


def run_campaign(campaign: Campaign, data: Sequence[Views], reporter: Reporter) -> list[Record]:
    """Returns one record for each data set, protocol, probe and method, in this order.

    A valid record on disk is reused. Raises UserError where a named protocol does not exist or lacks its data.
    """
    found = {views.data_set: views for views in data}
    cases = [
        _open_case(campaign, protocol, found[keys[0]] if len(keys) == 1 else join([found[key] for key in keys]), probe)
        for protocol, keys in choose_protocols(campaign.suite, campaign.protocols, tuple(found))
        for probe in campaign.suite.probes
    ]
    return [_run_method(campaign, case, name, reporter) for case in cases for name in campaign.suite.methods]


def _open_case(campaign: Campaign, protocol: Protocol, views: Views, probe: str) -> Board:
    plan, classes, reason = None, views.labels, ""
    try:
        plan, classes = protocol.plan(views, campaign.budget.encoders)
        refuse_hopeless(views.relabel(classes), plan)
    except UserError as error:
        plan, reason = None, str(error)
    setting = Setting(
        suite=campaign.suite.name,
        suite_version=campaign.suite.version,
        data_set=views.data_set,
        protocol=protocol.name + ("_reduced" if plan and plan.reduced else ""),
        protocol_version=protocol.version,
        protocol_hash=plan.split_hash if plan else "",
        probe=probe,
        budget=campaign.budget.name,
        seed=campaign.config.training.seed,
        config=to_dict(campaign.config),
        data_hash=views.content_hash(),
        folds_hash=digest([plan.hash, views.clip_ids, classes]) if plan else "",
        source_hash=provenance.code_hash(*SOURCES),
    )
    return Board(protocol, views.relabel(classes), setting, plan, reason)


def _run_method(campaign: Campaign, case: Board, name: str, reporter: Reporter) -> Record:
    identity = identify(case.setting, name, METHODS[name].source)
    kept = _reuse(record_path(campaign.out, case.setting, name), identity, reporter)
    if kept:
        return kept
    work = campaign.out / "work" / identity
    record = _build_record(campaign, case, name, _measure(campaign, case, name, work, reporter))
    write_record(campaign.out, record)
    reporter.say(f"{record.data_set_title}: {record.title}: {_sum_up(record)}")
    shutil.rmtree(work, ignore_errors=True)
    return record


def _sum_up(record: Record) -> str:
    if not record.metrics:
        return record.reason
    return f"accuracy {100 * record.metrics['accuracy'].value:.1f} % in {record.seconds:.1f} s"


def _reuse(path: Path, identity: str, reporter: Reporter) -> Record | None:
    """Returns the record on disk if it has this identity; None if a new measurement is needed, e.g. after a failure."""
    if not path.exists():
        return None
    try:
        record = read_record(path)
    except BadFile as error:
        reporter.say(str(error))
        return None
    if record.identity != identity:
        reporter.say(f"{path}: made under another setting, data or source; it is computed again")
        return None
    return None if record.failed else record


def _measure(campaign: Campaign, case: Board, name: str, work: Path, reporter: Reporter) -> Outcome:
    if case.plan is None:
        return Outcome(None, case.reason, failed=True)
    method, what = METHODS[name], f"{case.views.title}: {METHODS[name].title}"
    from smile.rendering.settled import recall  # imports compiled code, for which --list must not wait

    config = replace(campaign.config, rendering=recall(campaign.config.rendering, case.views.planes))
    task = Measurement(method, case.protocol, PROBES[case.setting.probe], case.views, case.plan, config)
    try:
        served = evaluate(task, work=work, progress=partial(reporter, what), say=reporter.say)
    except Unsuitable as error:
        return Outcome(None, str(error))
    except UserError as error:
        return Outcome(None, str(error), failed=True)
    except Exception as error:  # a fault of one method must not stop the others
        reporter.say(f"{what} failed:\n{traceback.format_exc()}")
        return Outcome(None, f"{type(error).__name__}: {error}", failed=True)
    return Outcome(served)


def _build_record(campaign: Campaign, case: Board, name: str, outcome: Outcome) -> Record:
    method, plan, views = METHODS[name], case.plan, case.views
    predictions = outcome.served.predictions if outcome.served else ()
    return Record(
        setting=case.setting,
        method=name,
        title=method.title,
        family=method.family,
        uses_labels=method.uses_labels,
        data_set_title=views.title,
        protocol_title=case.protocol.title,
        multilabel=case.protocol.multilabel,
        stand_in=views.stand_in,
        clips=_count_clips(views, plan) if plan else 0,
        subjects=len(plan.evaluated) if plan else 0,
        rounds=len(plan.rounds) if plan else 0,
        reduced=plan.reduced if plan else "",
        note=_note(case),
        skipped=views.skipped,
        groups=plan.groups if plan else (),
        metrics=score(predictions, case.setting.seed, case.protocol.multilabel) if predictions else {},
        subgroups=score_subgroups(predictions, views, case.setting.seed, case.protocol.multilabel),
        predictions=predictions,
        command=campaign.command,
        commit=provenance.commit(),
        versions=provenance.versions(),
        seconds=outcome.served.seconds if outcome.served else 0.0,
        device=provenance.device(),
        reason=outcome.reason,
        failed=outcome.failed,
        captions=_audit_captions(case, method, campaign.config) if predictions and method.arm != "none" else None,
        identity=identify(case.setting, name, method.source),
    )


def _audit_captions(case: Board, method: Method, config: Config) -> CaptionAudit | None:
    """Audits the captions that trained the first encoder, on those of its pretraining clips that have labels."""
    from smile.captions.arms import write_captions

    assert case.plan is not None  # otherwise there are no predictions
    seen = case.views.rows(case.views.of_subjects(case.plan.groups[0].pretraining) & case.views.labelled)
    captions = write_captions(replace(config.captions, arm=method.arm), seen, config.training.seed)
    return audit_captions(captions or (), seen.labels, seen.subjects, config.training.seed) if len(seen) else None


def _count_clips(views: Views, plan: Plan) -> int:
    return int((views.of_subjects(plan.evaluated) & views.labelled).sum())


def _note(case: Board) -> str:
    """Returns notes for the reader of the table: the plan's note, and how many clips of a full release are missing."""
    if case.plan is None:
        return ""
    wanted, found = case.protocol.clips, _count_clips(case.views, case.plan)
    whole = case.plan.reduced or not wanted or found >= wanted
    alone = [name for name, subjects in _show_classes(case.views, case.plan).items() if len(subjects) == 1]
    notes = [
        case.plan.note,
        "" if whole else f"{found} clips, a whole release has {wanted}",
        f"one subject alone shows {', '.join(alone)}, so that no other can teach it" if alone else "",
    ]
    return "; ".join(filter(None, notes))


def refuse_hopeless(views: Views, plan: Plan) -> None:
    """Raises UserError where there is nothing to tell apart: fewer than two classes that several subjects show.

    With one class every method scores 100 %, and with one subject a class every method scores 0 %.
    """
    shown = _show_classes(views, plan)
    several = [name for name, subjects in shown.items() if len(subjects) > 1]
    if len(several) < 2:
        raise UserError(
            f"{len(shown)} class(es) count ({', '.join(list(shown)[:5])}), and several subjects show {len(several)} of "
            "them; at least two are needed to measure anything: check the labels and the subjects"
        )


def _show_classes(views: Views, plan: Plan) -> dict[str, set[str]]:
    """Returns class -> the subjects in any fold who show it."""
    inside = views.of_subjects(name for folds in plan.rounds for name in folds.subjects)
    shown: dict[str, set[str]] = {}
    for clip in itertools.compress(views.clips, inside):
        for name in clip.labels:
            shown.setdefault(name, set()).add(clip.subject)
    return shown
