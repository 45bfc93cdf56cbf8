"""Defines the protocols of BU-3DFE: 100 subjects, six expressions at four levels of strength, one neutral scan."""

from __future__ import annotations

from bench.protocols.draws import choose_frozen, deal_ten, draw_frozen, tell_reduced
from bench.protocols.frozen import read_frozen
from bench.protocols.plan import Group, Plan, outside, share
from bench.protocols.protocol import FOLDS, Classify, Pool, Protocol, is_basic, keep_where
from smile.data.face import Facts
from smile.data.splits import Folds, deal, order_subjects
from smile.errors import UserError

KEY = "bu3dfe"
SUBJECTS, TESTED, ROUNDS = 100, 60, 100
VERSION = 1


def at_levels(*levels: str) -> Classify:
    """Returns a function that keeps the labels of the six expressions at these levels; neutral scans do not count."""

    def counts(clip: Facts) -> bool:
        return is_basic(clip) and clip.attributes.get("level", "").lstrip("0") in levels

    return lambda views: keep_where(views, counts)


def draw_p1(pool: Pool, _encoders: int) -> Plan:
    """Plans P1: sixty fixed subjects, dealt into new folds in each of 100 rounds.

    Folds change in every round, so one encoder serves all of them. The encoder is pretrained on the forty others.
    """
    chosen, reduced = choose_frozen(KEY, TESTED, pool)
    rounds, notes = zip(
        *(deal_ten(order_subjects(chosen, KEY, P1.name, VERSION, k)) for k in range(ROUNDS)), strict=True
    )
    folds = tuple(range(len(rounds[0].folds)))
    return Plan(rounds, (Group(outside(rounds, pool.everyone, folds), folds),), reduced, notes[0])


def draw_p2(pool: Pool, encoders: int) -> Plan:
    """Plans P2: about sixty subjects, drawn anew in each of 100 rounds, six from each of ten blocks.

    Every round is a valid draw of P2. The six subjects of a block form one fold. The blocks stay the same in all
    rounds, so few encoders are enough: the encoder of a fold was pretrained on none of the fold's block.
    Raises UserError with fewer than six subjects.
    """
    there = [name for name in read_frozen(KEY).order if name in pool.counted]
    if len(there) < 6:
        raise UserError(f"{len(there)} subject(s) are too few to draw from; it takes at least six")
    blocks = deal(there, min(FOLDS, len(there) // 2)).folds
    rounds = tuple(Folds(tuple(_draw_some(block, k) for block in blocks)) for k in range(ROUNDS))
    return Plan(rounds, share(rounds, pool.everyone, encoders), tell_reduced(len(there), SUBJECTS))


def _draw_some(block: tuple[str, ...], number: int) -> tuple[str, ...]:
    count = max(round(len(block) * TESTED / SUBJECTS), 1)
    return tuple(sorted(order_subjects(block, KEY, P2.name, VERSION, number)[:count]))


P1 = Protocol(
    "bu3dfe_p1",
    VERSION,
    "P1: 60 subjects fixed once, 100 x 10 folds, levels 3-4",
    (KEY,),
    at_levels("3", "4"),
    draw_p1,
    720,
)
P2 = Protocol(
    "bu3dfe_p2",
    VERSION,
    "P2: 60 subjects redrawn, 100 x 10 folds, levels 3-4",
    (KEY,),
    at_levels("3", "4"),
    draw_p2,
    1200,
)
SUBSET_1 = Protocol(
    "bu3dfe_subset1",
    VERSION,
    "Subset I: 100 subjects, 10 folds, levels 3-4",
    (KEY,),
    at_levels("3", "4"),
    draw_frozen(KEY, SUBJECTS),
    1200,
)
SUBSET_2 = Protocol(
    "bu3dfe_subset2",
    VERSION,
    "Subset II: 100 subjects, 10 folds, all levels",
    (KEY,),
    at_levels("1", "2", "3", "4"),
    draw_frozen(KEY, SUBJECTS),
    2400,
)
