"""Reports which settings decide and what views are worth, and shows the figures of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bench.statistics.intervals import Score
from sweeps.decide.importance import ENOUGH, MEASURES, Importance
from sweeps.decide.views_worth import VIEWS, weigh_views
from sweeps.figures.drawing import FIGURES, find_figures
from sweeps.ledger import COMPLETE, Trial
from sweeps.reporting.cells import write_table
from sweeps.studies import Study


def show_figure(study: str, name: str, missing: str) -> str:
    """Returns the markdown that shows a figure of the study; where there is none, the reason why it is `missing`."""
    title = FIGURES[name].title
    return f"*{title}: not drawn, because {missing}.*" if missing else f"![{title}]({find_figures(study)}/{name}.png)"


def describe_importance(study: Study, trials: Iterable[Trial], found: Importance | None) -> str:
    """Returns the section of the report; empty for a study of one setting."""
    if len(study.ranges) < 2:
        return ""
    if found is None:
        complete = sum(trial.state == COMPLETE for trial in trials)
        return (
            f"## Importance\n\nNot given: {complete} complete trial(s), {ENOUGH} with different objectives are needed."
        )
    rows = [[f"`{key}`", *(_write_share(found.shares[name][key]) for name in MEASURES)] for key in found.rank()]
    table = write_table(["setting", *(what for what, _ in MEASURES.values())], rows)
    how = "; ".join(f"{what}: {tool}" for what, tool in MEASURES.values())
    return (
        f"## Importance\n\n{table}\n\nIn percent, over {found.trials} complete trials, with 95 % intervals: "
        f"{found.drawings} times, as many trials were drawn with replacement. Where intervals overlap, nobody knows "
        f"which of two settings decides more. {how[0].upper()}{how[1:]}."
    )


def describe_views(trials: Iterable[Trial], default: Mapping[str, Any]) -> str:
    """Returns the section of the report; empty where the study does not search the number of views."""
    found = weigh_views(trials, default[VIEWS]) if VIEWS in default else []
    if not found:
        return ""
    rows = [
        [
            one.views,
            one.trials,
            _write_points(one.score),
            _write_points(one.difference, "+") if one.difference else "",
            f"{one.seconds:.0f}",
        ]
        for one in found
    ]
    headers = ["views", "trials", "score, percent", f"minus {default[VIEWS]} views, points", "seconds (median)"]
    return (
        f"## What views are worth\n\n{write_table(headers, rows)}\n\nIntervals are of 95 % over people; a "
        "difference is one between the same people. The more rows, the likelier one lies apart by luck: confirm it."
    )


def _write_share(share: Score) -> str:
    return f"{100 * share.value:.0f} [{100 * share.low:.0f}, {100 * share.high:.0f}]"


def _write_points(score: Score, sign: str = "") -> str:
    value, low, high = (f"{100 * end:{sign}.1f}" for end in (score.value, score.low, score.high))
    return f"{value} [{low}, {high}]"
