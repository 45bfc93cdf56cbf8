"""Turns what was measured in one cell into a record: scores, notes for the reader, and where the numbers come from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bench.answer import Findings
from bench.audit.captions import CaptionAudit, audit_captions
from bench.audit.likeness import judge_likeness
from bench.board import Board, Campaign, show_classes
from bench.examiner import CLEAN
from bench.methods import METHODS
from bench.methods.cost import Cost
from bench.methods.method import Method
from bench.probes import PROBES
from bench.record import Record, Setting
from bench.statistics.intervals import Score
from bench.statistics.scores import score_findings
from bench.statistics.subgroups import score_subgroups
from smile import provenance
from smile.config import Config
from smile.errors import UserError
from smile.rendering.views import Views


@dataclass(frozen=True)
class Outcome:
    """Holds what one method showed in one cell, or the reason why there is nothing."""

    findings: Findings = field(default_factory=Findings)
    seconds: float = 0.0
    reason: str = ""
    failed: bool = False
    cost: Cost | None = None

    @property
    def there(self) -> bool:
        """Whether anything was found."""
        return self.findings != Findings()


def build_record(
    campaign: Campaign,
    board: Board,
    setting: Setting,
    name: str,
    identity: str,
    outcome: Outcome,
    captions: CaptionAudit | None,
) -> Record:
    """Returns the record of the method `name`; `captions` is the audit of its captions, where it has any.

    `identity` is that from before the method was fitted: files that change meanwhile did not make this result.
    """
    method, plan, views = METHODS[name], board.plan, board.views
    multilabel = board.protocol.multilabel and setting.probe != "identity"
    record = Record(
        setting=setting,
        method=name,
        title=method.title,
        family=method.family,
        knows=method.knows,
        uses_labels=method.uses_labels,
        data_set_title=views.title,
        protocol_title=board.protocol.title,
        condition_title=_describe(setting.condition),
        multilabel=multilabel,
        stand_in=views.stand_in,
        clips=_count_clips(board, setting.condition),
        subjects=len(plan.evaluated) if plan else 0,
        rounds=len(plan.rounds) if plan else 0,
        reduced=plan.reduced if plan else "",
        note=_note(board, setting.condition),
        skipped=_shown(board, setting.condition).skipped,
        groups=plan.groups if plan else (),
        metrics=_score(outcome, setting, multilabel),
        subgroups=score_subgroups(outcome.findings.answers, views, setting.seed, multilabel),
        predictions=outcome.findings.answers,
        tallies=outcome.findings.tallies,
        command=campaign.command,
        commit=provenance.commit(),
        versions=provenance.versions(),
        seconds=outcome.seconds,
        device=provenance.device(),
        reason=outcome.reason,
        failed=outcome.failed,
        captions=captions if outcome.there else None,
        cost=outcome.cost,
        identity=identity,
        trials=getattr(method.fit, "trials", 0),
    )
    if campaign.compare_scans is None or not outcome.there:
        return record
    return replace(record, audit=judge_likeness(campaign.compare_scans(), record))


def audit_pretraining(board: Board, method: Method, config: Config) -> CaptionAudit | None:
    """Audits the captions that trained the first encoder, on those of its pretraining clips that have labels."""
    from smile.captions.arms import write_captions

    if board.plan is None or method.arm == "none":
        return None
    seen = board.views.rows(board.views.of_subjects(board.plan.groups[0].pretraining) & board.views.labelled)
    if not len(seen):
        return None
    try:
        said = write_captions(replace(config.captions, arm=method.arm), seen, config.training.seed).sentences
    except UserError:  # only clips of further data sets, which have no labels, can be described
        return None
    return audit_captions(said or (), seen.labels, seen.subjects, config.training.seed)


def _score(outcome: Outcome, setting: Setting, multilabel: bool) -> dict[str, Score]:
    if not outcome.there:
        return {}
    return score_findings([outcome.findings], setting.seed, multilabel, PROBES[setting.probe].main_alone)


def _describe(condition: str) -> str:
    if condition == CLEAN:
        return ""
    from bench.conditions import CONDITIONS  # imports compiled code, for which a run on clean faces must not wait

    return CONDITIONS[condition].title


def _shown(board: Board, condition: str) -> Views:
    """Returns the views whose clips were tested: under a condition those that could be shown."""
    shown = board.shown.get(condition)
    return shown if isinstance(shown, Views) else board.views


def _count_clips(board: Board, condition: str) -> int:
    return len(set(board.tested) & set(_shown(board, condition).clip_ids))


def _note(board: Board, condition: str) -> str:
    """Returns notes for the reader of the table: the plan's note, and which clips and classes are missing."""
    if board.plan is None:
        return ""
    wanted, found = board.protocol.clips, len(board.tested)
    whole = board.plan.reduced or not wanted or found >= wanted
    unseen = found - _count_clips(board, condition)
    alone = [name for name, subjects in show_classes(board.views, board.plan).items() if len(subjects) == 1]
    notes = [
        board.plan.note,
        "" if whole else f"{found} clips, a whole release has {wanted}",
        f"{unseen} clips cannot be shown under the condition {condition}, and are not tested" if unseen else "",
        _tell_maker(board),
        f"one subject alone shows {', '.join(alone)}, so that no other can teach it" if alone else "",
    ]
    return "; ".join(filter(None, notes))


def _tell_maker(board: Board) -> str:
    """Returns a warning where one maker made both data sets of a protocol, whose people then have the same faces."""
    one = board.views.stand_in and " and " not in board.views.stand_in
    if len(board.protocol.data_sets) < 2 or not one:
        return ""
    return f"{board.views.stand_in} made both data sets: the same people act in both unless their seeds differ"
