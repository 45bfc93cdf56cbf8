"""A suite run on data: every method of every data set is read from its record, or measured and recorded."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.evaluation import Served, Task, evaluate, score
from bench.methods import METHODS
from bench.methods.method import Unsuitable
from bench.protocols import PROTOCOLS
from bench.protocols.folds import Plan, draw_plan
from bench.record import Record, Setting, identify, read_record, record_path, write_record
from bench.suites import Budget, Suite
from smile import provenance
from smile.config import Config, to_dict
from smile.errors import BadFile, UserError
from smile.progress import Reporter
from smile.rendering.views import Views

#: The source that decides a score. Reading and rendering are not among it: the hash of the data covers what they made.
SOURCES = (
    "smile/config.py",
    "smile/data/captions.py",
    "smile/data/landmarks.py",
    "smile/data/splits.py",
    "smile/losses",
    "smile/model",
    "smile/training",
    "bench/audit.py",
    "bench/evaluation.py",
    "bench/methods",
    "bench/metrics.py",
    "bench/protocols",
    "bench/statistics.py",
)


@dataclass(frozen=True)
class Campaign:
    """What is run, how, where the results go, and the command that asked for it."""

    suite: Suite
    budget: Budget
    config: Config
    out: Path
    command: str


@dataclass(frozen=True)
class Case:
    """One data set under one protocol; without a plan nobody can be measured, and `reason` says why."""

    views: Views
    setting: Setting
    plan: Plan | None
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What came of one method: predictions, or the reason why there are none."""

    served: Served | None
    reason: str = ""
    failed: bool = False


def run_campaign(campaign: Campaign, data: Sequence[Views], reporter: Reporter) -> list[Record]:
    """One record a (data set, protocol, method), in this order; one on disk that still holds is not computed again."""
    cases = [_open_case(campaign, views, protocol) for views in data for protocol in campaign.suite.protocols]
    return [_run_method(campaign, case, name, reporter) for case in cases for name in campaign.suite.methods]


def _open_case(campaign: Campaign, views: Views, protocol: str) -> Case:
    plan, reason = None, ""
    try:
        plan = draw_plan(views.subjects, campaign.budget.scheme)
    except UserError as error:
        reason = str(error)
    setting = Setting(
        suite=campaign.suite.name,
        suite_version=campaign.suite.version,
        data_set=views.data_set,
        protocol=protocol,
        budget=campaign.budget.name,
        seed=campaign.config.training.seed,
        config=to_dict(campaign.config),
        data_hash=views.content_hash(),
        folds_hash=plan.hash if plan else "",
        source_hash=provenance.source_hash(*SOURCES),
    )
    return Case(views, setting, plan, reason)


def _run_method(campaign: Campaign, case: Case, name: str, reporter: Reporter) -> Record:
    identity = identify(case.setting, name)
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
    """The record on disk if it is this very result; a failed one is tried again."""
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


def _measure(campaign: Campaign, case: Case, name: str, work: Path, reporter: Reporter) -> Outcome:
    if case.plan is None:
        return Outcome(None, case.reason, failed=True)
    method, what = METHODS[name], f"{case.views.title}: {METHODS[name].title}"
    task = Task(method, PROTOCOLS[case.setting.protocol], case.views, case.plan, campaign.config)
    try:
        served = evaluate(task, work=work, progress=partial(reporter, what), say=reporter.say)
    except Unsuitable as error:
        return Outcome(None, str(error))
    except UserError as error:
        return Outcome(None, str(error), failed=True)
    except Exception as error:  # whatever a method does wrong, the other methods are measured
        reporter.say(f"{what} failed:\n{traceback.format_exc()}")
        return Outcome(None, f"{type(error).__name__}: {error}", failed=True)
    return Outcome(served)


def _build_record(campaign: Campaign, case: Case, name: str, outcome: Outcome) -> Record:
    method, plan, views = METHODS[name], case.plan, case.views
    predictions = outcome.served.predictions if outcome.served else ()
    return Record(
        setting=case.setting,
        method=name,
        title=method.title,
        family=method.family,
        uses_labels=method.uses_labels,
        data_set_title=views.title,
        stand_in=views.stand_in,
        clips=sum(subject in plan.evaluated for subject in views.subjects) if plan else 0,
        subjects=len(plan.evaluated) if plan else 0,
        note=plan.note if plan else "",
        skipped=views.skipped,
        groups=plan.groups if plan else (),
        metrics=score(predictions, case.setting.seed) if predictions else {},
        predictions=predictions,
        command=campaign.command,
        commit=provenance.commit(),
        versions=provenance.versions(),
        seconds=outcome.served.seconds if outcome.served else 0.0,
        device=provenance.device(),
        reason=outcome.reason,
        failed=outcome.failed,
        identity=identify(case.setting, name),
    )
