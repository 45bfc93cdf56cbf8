"""Says how an encoder does for those for whom it does worst: a mean over everybody can hide them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bench.statistics.subgroups import GROUPINGS
from smile.rendering.views import Views
from sweeps.objectives.reading import Right

#: Name of the number, beside those of the objectives.
WORST = "worst"
#: Share of the subjects who stand for a subgroup where the data name none.
WORST_SHARE = 0.25


def find_worst(right: Right, views: Views) -> float:
    """Returns the mean share of the subgroup, by sex or ancestry, that has the lowest.

    Where the data name no two subgroups, as of made faces, returns that of the quarter of the subjects with the lowest
    shares.
    """
    shares = {name: told / clips for name, (told, clips) in right.items() if clips}
    groups = list(_group(views, sorted(shares)))
    if not groups:
        worst = sorted(shares, key=lambda name: (shares[name], name))
        groups = [worst[: max(round(WORST_SHARE * len(worst)), 1)]]
    return round(min(float(np.mean([shares[name] for name in group])) for group in groups), 6)


def _group(views: Views, subjects: Sequence[str]) -> Iterator[list[str]]:
    if views.stand_in:  # the sex of a made face is a letter in its name
        return
    attributes: dict[str, Mapping[str, str]] = {clip.subject: clip.attributes for clip in views.clips}
    for grouping in GROUPINGS:
        groups: dict[str, list[str]] = {}
        for name in subjects:
            if value := attributes[name].get(grouping):
                groups.setdefault(value, []).append(name)
        if len(groups) > 1:
            yield from groups.values()
