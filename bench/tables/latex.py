"""Writes leaderboards as LaTeX tables for a paper: booktabs rules, the best bold, stand-ins named in the caption.

Only the score that ranks has its interval, and a table that is wider than the text is shrunk until it fits.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import Record
from bench.standings import Standing
from bench.suites import Suite
from bench.tables.audit import tell_grades
from bench.tables.cells import interval, name_metric, percent, say_reason
from bench.tables.facts import count_clips
from bench.tables.leaderboard import Leaderboard, find_leaders, group_records, is_best, list_metrics

#: What the preamble of the paper needs.
PREAMBLE = r"\usepackage{booktabs,graphicx}"
#: Makes a table as wide as the text where it is wider, and leaves it as it is otherwise.
_FIT = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"

#: Characters that LaTeX obeys -> how they are written.
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        **{mark: rf"\{mark}" for mark in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
    }
)


#: What the columns say whose names stand behind "accuracy@", by probe.
_AT = {
    "few_labels": "; 1 to all: accuracy with so many labelled subjects",
    "zero_shot": "; mean, worst and best: accuracy of one wording alone",
}


def render_latex(suite: Suite, records: Sequence[Record]) -> str:
    """Returns a table for each setting; the paper needs PREAMBLE."""
    tables = [_render_board(board) for board in group_records(suite, records)]
    return "\n\n".join([f"% needs {PREAMBLE}; made by python -m bench.run", *tables])


def escape(text: str) -> str:
    """Returns a text in which no character is a command of LaTeX."""
    return text.translate(_ESCAPES)


def _render_board(board: Leaderboard) -> str:
    names, best = list_metrics(board.standings), find_leaders(board.standings)
    heads = ["method", "knows", *(name_metric(board.first, name).removeprefix("accuracy@") for name in names)]
    rows = [_render_row(standing, names, best) for standing in board.standings]
    reduced = f" Reduced to {board.first.reduced}: not the protocol's result." if board.first.reduced else ""
    shown = "percent, the first score with its 95 % interval over subjects"
    at = _AT.get(board.first.setting.probe, "")
    told = "".join(f" {said}." for said in tell_grades(board.standings))
    caption = f"{board.title}. {count_clips(board.first).capitalize()}; {shown}{at}.{reduced}{told}"
    lines = [
        r"\begin{table}",
        r"\centering\small",
        rf"\caption{{{escape(caption)}}}",
        r"\par\smallskip",
        _FIT,
        rf"\begin{{tabular}}{{ll{'r' * len(names)}}}",
        r"\toprule",
        " & ".join(map(escape, heads)) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
    ]
    return "\n".join(lines)


def _render_row(standing: Standing, names: Sequence[str], best: dict[str, float]) -> str:
    first = standing.first
    red = r" \emph{(red, not ranked)}" if standing.metrics and standing.grade.red else ""
    start = f"{escape(first.title)}{red} & {escape(first.knows)}"
    if not standing.metrics:
        return rf"{start} & \multicolumn{{{len(names)}}}{{l}}{{{escape(say_reason(first))}}} \\"
    main, *others = (_cell(standing, name, best) for name in names)
    ends = rf" {{\footnotesize {interval(standing.metrics[names[0]])}}}" if names[0] in standing.metrics else ""
    return " & ".join([start, main + ends, *others]) + r" \\"


def _cell(standing: Standing, name: str, best: dict[str, float]) -> str:
    if name not in standing.metrics:
        return "--"
    value = percent(standing.metrics[name].value)
    return rf"\textbf{{{value}}}" if is_best(standing, name, best) else value
