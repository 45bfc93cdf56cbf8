"""Defines the protocol for data without a protocol of their own: all clips of all subjects, ten folds."""

from __future__ import annotations

from bench.protocols.draws import deal_ten, draw_apart
from bench.protocols.plan import Plan, share
from bench.protocols.protocol import Pool, Protocol
from smile.data.splits import order_subjects
from smile.rendering.views import Views

VERSION = 1
KEY = ("any", "tenfold", VERSION)


def everything(views: Views) -> tuple[tuple[str, ...], ...]:
    """Returns the labels of every clip, so that every labelled clip counts."""
    return views.labels


def draw_anyone(pool: Pool, encoders: int) -> Plan:
    """Deals all subjects into ten folds; with one encoder, half of the subjects only pretrain it and are not tested."""
    if encoders == 1:
        return draw_apart(pool.everyone, *KEY)
    folds, note = deal_ten(order_subjects(pool.everyone, *KEY))
    return Plan((folds,), share([folds], pool.everyone, encoders), note=note)


TENFOLD = Protocol("tenfold", VERSION, "everyone there is, 10 folds", (), everything, draw_anyone)
