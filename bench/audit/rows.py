"""Audits a row of a table from its records: who was tested and seen, what captions tell, who chose the settings.

What only a run can see, such as copies among its scans, lies in the record already (Record.audit).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from bench.audit.alarm import AMBER, RED, Alarm, Grade, join_grades
from bench.audit.captions import CaptionAudit
from bench.audit.peeking import reads_tested_labels
from bench.audit.seats import MANY, PRETRAIN, Seat, without_clips
from bench.audit.splits import judge_clips, judge_people
from bench.protocols.plan import Group
from bench.record import Record

#: (subject, clip, number of the fold or -1) of what is tested.
Use = tuple[str, str, int]

#: Adjusted mutual information of captions and labels, and accuracy of labels read from captions: from here on, captions
#: are labels (red) or nearly so (amber).
_LABELS, _NEARLY = (0.90, 0.99), (0.80, 0.95)


def audit_records(records: Sequence[Record]) -> Grade:
    """Returns the grade of a row that stands for these records, as one a seed; those without a result are left out."""
    return join_grades([Grade(tuple(_audit(record))) for record in records if record.metrics])


def list_seats(tested: Iterable[Use], groups: Sequence[Group]) -> list[Seat]:
    """Returns who sits where: each tested clip in its fold, and those on whom the encoder of each fold was pretrained.

    A subject whose fold differs between rounds, or is not known, sits in several folds. Only those on whom all encoders
    were pretrained are sure to be seen by an encoder that serves such a subject.
    """
    seats = [Seat(subject, clip, str(fold + 1) if fold >= 0 else MANY) for subject, clip, fold in tested]
    for group in groups:
        seats += [Seat(name, "", str(fold + 1), PRETRAIN) for fold in group.folds for name in group.pretraining]
    everywhere = set.intersection(*(set(group.pretraining) for group in groups)) if groups else set()
    return [*seats, *(Seat(name, "", MANY, PRETRAIN) for name in sorted(everywhere))]


def list_tested_clips(record: Record) -> frozenset[Use]:
    """Returns the tested clips of a record, or its tested subjects where it holds no predictions."""
    told = {(one.subject, one.clip, one.fold) for one in record.predictions}
    return frozenset(told or {(name, "", -1) for tally in record.tallies for name in tally.asked})


# All methods of a table are tested on the same clips.
@lru_cache(maxsize=64)
def _judge_folds(tested: frozenset[Use], groups: tuple[Group, ...]) -> tuple[Alarm, ...]:
    seats = list_seats(sorted(tested), groups)
    return (*judge_people(without_clips(seats)), *judge_clips(seats, {}))


def grade_captions(audit: CaptionAudit, uses_labels: bool) -> list[Alarm]:
    """Returns an alarm where captions are labels in other words, and the method does not say that it uses labels."""
    if uses_labels:
        return []
    said = f"captions tell the labels: adjusted mutual information {audit.adjusted:.2f}"
    said += "" if audit.accuracy is None else f", {100 * audit.accuracy:.0f} % of labels read from captions alone"
    for colour, (shared, right) in ((RED, _LABELS), (AMBER, _NEARLY)):
        if audit.adjusted >= shared or (audit.accuracy or 0.0) >= right:
            return [Alarm("captions", colour, said)]
    return []


def _audit(record: Record) -> Iterator[Alarm]:
    yield from record.audit
    yield from _judge_folds(list_tested_clips(record), record.groups)
    if record.captions:
        yield from grade_captions(record.captions, record.uses_labels)
    yield from _judge_choice(record)
    if record.family == "pretrained":
        yield Alarm("pretraining", AMBER, "a saved model: nobody recorded on whom it was pretrained")


def _judge_choice(record: Record) -> Iterator[Alarm]:
    """Yields an alarm where the classifier's penalty is chosen with labels of the tested fold."""
    if reads_tested_labels(record.setting.probe):
        yield Alarm("choice", RED, f"{record.setting.probe.replace('_', ' ')} reads labels of the fold that it tests")
