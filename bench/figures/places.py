"""Says where the figures of a method lie: in folders like those of its records, one for all seeds."""

from __future__ import annotations

from pathlib import Path

from bench.examiner import CLEAN
from bench.record import Record, record_path
from bench.standings import Standing

#: Most classes of a confusion matrix that can be read.
MOST_CLASSES = 20


def figure_folder(record: Record) -> Path:
    """Returns the folder of a record's figures, relative to the results folder."""
    return Path("figures") / record_path(Path(), record.setting, record.method).parent.parent.relative_to("records")


def has_confusion(standing: Standing) -> bool:
    """Returns whether every clip has one class and one prediction, of few enough classes; who it is is no class."""
    one = standing.first
    classes = {name for answer in one.predictions for name in (*answer.truth, *answer.predicted)}
    return not one.multilabel and one.setting.probe != "identity" and 0 < len(classes) <= MOST_CLASSES


def confusion_place(standing: Standing) -> Path | None:
    """Returns where a method's confusion matrix lies, relative to the results folder; None where it has none.

    Changed faces have none: a suite of many conditions would draw hundreds.
    """
    if standing.first.setting.condition != CLEAN or not has_confusion(standing):
        return None
    return figure_folder(standing.first) / f"{standing.first.method}.png"
