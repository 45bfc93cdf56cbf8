"""Tells which methods differ: the difference on the same clips, its interval, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import Record
from bench.standings import Judgement, Standing, judge
from bench.statistics.intervals import Score
from bench.statistics.ranking import find_contest, main_metric, probe_of
from bench.tables.cells import name_metric, tabulate_rows


def render_differences(standings: Sequence[Standing], references: Sequence[str], style: str = "pipe") -> list[str]:
    """Compares every method with the references clip by clip; the largest gain over the first reference comes first.

    `style` is a format of the library tabulate.
    """
    found = judge(standings, references)
    titles = {standing.first.method: standing.first.title for standing in standings}
    held = [name for name in references if name in titles and any(other == name for _, other in found)]
    told = {name: [found.get((name, other)) for other in held] for name in titles}
    ranked = sorted(filter(lambda name: any(told[name]), told), key=lambda name: _rank_gains(told[name]))
    rows = [(titles[name], *map(tell_gain, told[name])) for name in ranked]
    if not rows:
        return []
    table = tabulate_rows(rows, ("method", *(f"minus {titles[name]}" for name in held)), style)
    return ["### Differences on the same clips", _explain_pairs(standings[0].first, list(found.values())), table]


def tell_gain(one: Judgement | None) -> str:
    """Returns a difference in points with interval, corrected p and verdict; "-" where there is none.

    Example: "+4.6 [+2.4, +7.1], p = 0.012, better".
    """
    if one is None:
        return "-"
    p = "p < 0.001" if one.p < 0.001 else f"p = {one.p:.3f}"
    return f"{tell_points(one.comparison.gain)}, {p}, {one.verdict}"


def tell_points(gain: Score) -> str:
    """Returns a difference in points with its interval, e.g. "+4.6 [+2.4, +7.1]"."""
    return f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"


def _explain_pairs(first: Record, found: Sequence[Judgement]) -> str:
    probe = probe_of(first)
    sizes, metric = sorted(100 * one.resolvable for one in found), main_metric(first)
    flips = (
        "permutation that exchanges what two methods said of a subject"
        if find_contest(first) == metric
        else ("sign-flip permutation over subjects")
    )
    name = name_metric(first, metric)
    return (
        f"{name[0].upper()}{name[1:]} minus that of another method, on the same clips, in points, "
        "with the 95 % interval of the difference (paired bootstrap over subjects, and over seeds where there are "
        f"several). p: {flips}, corrected for all comparisons of this table (Holm); "
        f"*better* and *worse* mean p < 0.05 and an interval without zero"
        f"{', and lower is better' if probe.lower_is_better else ''}. With these "
        f"{first.subjects} subjects, four of five differences of {sizes[len(sizes) // 2]:.1f} points are told apart "
        f"(median over the comparisons; {sizes[0]:.1f} to {sizes[-1]:.1f})."
    )


def _rank_gains(gains: Sequence[Judgement | None]) -> list[float]:
    """Returns a key that puts the largest gain first."""
    return [0.0 if one is None else -one.comparison.gain.value for one in gains]
