"""Defines the protocol for made faces whose subjects share manners of acting: nobody tested acts as anybody seen does.

Subjects of stand-ins take their acting from a few people or theories. Where folds keep only subjects apart, a tested
face may act exactly as one that taught does; here manners are kept apart as well.
"""

from __future__ import annotations

from bench.protocols.anyone import everything
from bench.protocols.plan import Group, Plan
from bench.protocols.protocol import Pool, Protocol
from smile.data.splits import Folds, order_subjects
from smile.errors import UserError

VERSION = 1
KEY = ("any", "manners", VERSION)
#: Fewest manners: one to pretrain on, one to teach, and two to test.
FEWEST = 4


def draw_manners(pool: Pool, _encoders: int) -> Plan:
    """Tests half of the manners, a fold for each; of the others about half pretrain one encoder, and half only teach.

    Raises UserError where subjects share fewer than four manners.
    """
    own = {name: pool.manners.get(name, "") for name in pool.counted}
    names = sorted(set(own.values()) - {""})
    if len(names) < FEWEST or "" in own.values():
        raise UserError(
            f"its subjects act in {len(names)} manners that are told, and {FEWEST} are needed; posed faces have them, "
            "e.g. --data ict:posed=DIR"
        )
    ordered = order_subjects(names, *KEY)
    tested, others = ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]
    pretraining = others[: (len(others) + 1) // 2]
    folds = [_gather(own, manner) for manner in (*tested, *others[len(pretraining) :])]
    seen = tuple(sorted(name for name in pool.everyone if pool.manners.get(name) in pretraining))
    note = f"{len(pretraining)} of {len(names)} manners of acting pretrain, {len(tested)} are tested, the others teach"
    return Plan((Folds(tuple(folds)),), (Group(seen, tuple(range(len(tested)))),), note=note)


def _gather(own: dict[str, str], manner: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, one in own.items() if one == manner))


MANNERS = Protocol(
    "manners",
    VERSION,
    "made faces, half of the manners of acting tested, a fold for each; no manner is in two parts",
    (),
    everything,
    draw_manners,
)
