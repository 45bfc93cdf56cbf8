"""Defines the protocols of Bosphorus: 105 subjects, of whom 65 show all six expressions."""

from __future__ import annotations

from collections.abc import Callable

from bench.protocols.draws import deal_ten, tell_reduced
from bench.protocols.frozen import read_frozen
from bench.protocols.plan import Plan, share
from bench.protocols.protocol import Pool, Protocol, is_basic, keep_where
from smile.data.face import EXPRESSIONS, Facts
from smile.rendering.views import Views

KEY = "bosphorus"
VERSION = 1
#: Kinds of frontal scans: neutral, emotion, action units. Scans of other kinds are rotated, occluded or not coded.
FRONTAL = ("N", "E", "LFAU", "UFAU", "CAU")


def first_of_each(views: Views) -> tuple[tuple[str, ...], ...]:
    """Keeps the labels of each first repetition of the six expressions, of subjects who show all six."""

    def is_first(clip: Facts) -> bool:
        return is_basic(clip) and clip.attributes.get("repetition") == "0"

    shown: dict[str, set[str]] = {}
    for clip in filter(is_first, views.clips):
        shown.setdefault(clip.subject, set()).update(clip.labels)
    return keep_where(views, lambda clip: is_first(clip) and set(EXPRESSIONS) <= shown[clip.subject])


def frontal(views: Views) -> tuple[bool, ...]:
    """Returns for each clip whether it is frontal and not occluded: a neutral, emotion or action unit scan."""
    return tuple(clip.attributes.get("kind") in FRONTAL for clip in views.clips)


def draw_those_with_six(count: int) -> Callable[[Pool, int], Plan]:
    """Returns a draw of ten folds over the first `count` subjects in frozen order who show all six expressions.

    The data decide which subjects these are.
    """

    def draw(pool: Pool, encoders: int) -> Plan:
        chosen = [name for name in read_frozen(KEY).order if name in pool.counted][:count]
        folds, note = deal_ten(chosen)
        return Plan((folds,), share([folds], pool.everyone, encoders), tell_reduced(len(chosen), count), note)

    return draw


SIXTY = Protocol(
    "bosphorus_60",
    VERSION,
    "60 of those with all six expressions, drawn once, 10 folds",
    (KEY,),
    first_of_each,
    draw_those_with_six(60),
    360,
    frontal,
)
ALL_SIX = Protocol(
    "bosphorus_65",
    VERSION,
    "all 65 with all six expressions, 10 folds",
    (KEY,),
    first_of_each,
    draw_those_with_six(65),
    390,
    frontal,
)
