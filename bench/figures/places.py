"""Says where the figures of a record lie: in folders like those of the records."""

from __future__ import annotations

from pathlib import Path

from bench.record import Record, record_path


def figure_folder(record: Record) -> Path:
    """Returns the folder of a record's figures, relative to the results folder."""
    return Path("figures") / record_path(Path(), record.setting, record.method).parent.relative_to("records")


def confusion_place(record: Record) -> Path | None:
    """Returns where the confusion matrix of a record lies, relative to the results folder; None where it has none."""
    return figure_folder(record) / f"{record.method}.png" if record.metrics and not record.multilabel else None
