"""The protocol of data that the field has none for: every clip of everyone, ten folds."""

from __future__ import annotations

from bench.protocols.draws import deal_ten, draw_apart
from bench.protocols.plan import Plan, share
from bench.protocols.protocol import Pool, Protocol
from smile.data.splits import order_subjects
from smile.rendering.views import Views

VERSION = 1
KEY = ("any", "tenfold", VERSION)


def everything(views: Views) -> tuple[tuple[str, ...], ...]:
    """Every clip by its labels."""
    return views.labels


def draw_anyone(pool: Pool, encoders: int) -> Plan:
    """Ten folds over whoever there is; with a single encoder half of the subjects are kept to pretrain it, untested."""
    if encoders == 1:
        return draw_apart(pool.everyone, *KEY)
    folds, note = deal_ten(order_subjects(pool.everyone, *KEY))
    return Plan((folds,), share([folds], pool.everyone, encoders), note=note)


TENFOLD = Protocol("tenfold", VERSION, "everyone there is, 10 folds", (), everything, draw_anyone)
