"""Sets our numbers on recordings beside published ones, data set by data set: marked, with protocol, never ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.examiner import CLEAN
from bench.record import record_path
from bench.standings import Standing
from bench.tables.cells import interval, percent, tabulate_rows
from bench.tables.leaderboard import Leaderboard
from bench.tables.literature.published import PUBLISHED, SOURCES, Published

#: What a paper calls a metric -> what our records call it.
_METRICS = {"accuracy": "accuracy", "macro UF1": "macro_f1"}
_HEADINGS = ("mark", "method", "year", "learns from", "modality", "protocol", "metric", "percent", "source")
_ABOUT = (
    "**P** is printed by its source, under the protocol in the words of the source. **R** is measured here under a "
    "protocol that a P row names, on all its subjects; **R\\*** is measured here under another protocol, or on fewer "
    "subjects. R rows stand in the order of their scores, P rows in that of their years: nothing ranks the two "
    "together, because the folds of the P rows are not published."
)


def render_beside(boards: Sequence[Leaderboard]) -> list[str]:
    """Returns a heading and a table for each data set of recordings with published numbers; stand-ins get none."""
    parts: list[str] = []
    for key in list_compared(boards):
        own = [board for board in boards if is_compared(board) and board.first.setting.data_set == key]
        rows = [row for _, row in sorted(_list_rows(key, own), key=lambda pair: pair[0])]
        title = f"## {own[0].first.data_set_title} beside the literature"
        parts += [title, _ABOUT, tabulate_rows(rows, _HEADINGS)]
    return parts


def list_compared(boards: Sequence[Leaderboard]) -> list[str]:
    """Returns the data sets that have a table beside the literature."""
    known = {entry.data_set for entry in PUBLISHED}
    keys = dict.fromkeys(board.first.setting.data_set for board in boards if is_compared(board))
    return [key for key in keys if key in known]


def is_compared(board: Leaderboard) -> bool:
    """Returns whether a leaderboard may stand beside published numbers: recordings, clean, by the linear probe."""
    first = board.first
    return (
        not first.stand_in
        and first.setting.condition == CLEAN
        and first.setting.probe == "linear_probe"
        and len(board.scored) > 0
    )


def tell_published(entry: Published) -> tuple[str, ...]:
    """Returns the cells of a published number, from the method on."""
    return (
        entry.method,
        str(entry.year),
        entry.supervision,
        entry.modality,
        entry.protocol,
        entry.metric,
        "not available" if entry.value is None else f"{100 * entry.value:.2f}",
        f"[{entry.source}]({SOURCES[entry.source]})",
    )


def _list_rows(key: str, boards: Sequence[Leaderboard]) -> Iterator[tuple[tuple[object, ...], tuple[str, ...]]]:
    """Yields sort key and cells: protocols that papers name first, in each ours before theirs."""
    entries = [entry for entry in PUBLISHED if entry.data_set == key]
    named = {entry.key for entry in entries} - {""}
    for entry in entries:
        yield (entry.key or "~", 1, entry.year, entry.method), ("P", *tell_published(entry))
    for board in boards:
        protocol = board.first.setting.protocol
        mark, group = ("R", protocol) if protocol in named else ("R\\*", f"~{protocol}")
        for place, standing in enumerate(board.scored):
            for metric in dict.fromkeys(entry.metric for entry in entries):
                if _METRICS[metric] in standing.metrics:
                    yield (group, 0, place, metric), (mark, *_tell_ours(standing, metric))


def _tell_ours(standing: Standing, metric: str) -> tuple[str, ...]:
    first, score = standing.first, standing.metrics[_METRICS[metric]]
    learns = "labels" if first.uses_labels else f"no labels; {first.knows}"
    link = record_path(Path(), first.setting, first.method).as_posix()
    told = f"{percent(score.value)} {interval(score)}{' (red)' * standing.grade.red}"
    return first.title, "-", learns, "rendered views", first.setting.protocol, metric, told, f"[here]({link})"
