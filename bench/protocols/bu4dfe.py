"""Defines the protocols of BU-4DFE: one label for each whole sequence, without sliding windows or key frames."""

from __future__ import annotations

from bench.protocols.draws import draw_frozen
from bench.protocols.protocol import Protocol, is_basic, keep_where
from smile.rendering.views import Views

KEY = "bu4dfe"
VERSION = 1


def six_expressions(views: Views) -> tuple[tuple[str, ...], ...]:
    """Keeps the labels of the six basic expressions; clips with other labels do not count."""
    return keep_where(views, is_basic)


SIXTY = Protocol(
    "bu4dfe_60",
    VERSION,
    "60 subjects drawn once, full sequences, 10 folds",
    (KEY,),
    six_expressions,
    draw_frozen(KEY, 60),
    360,
)
EVERYONE = Protocol(
    "bu4dfe_101",
    VERSION,
    "all 101 subjects, full sequences, 10 folds",
    (KEY,),
    six_expressions,
    draw_frozen(KEY, 101),
    606,
)
