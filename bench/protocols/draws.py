"""The ways to draw folds that several protocols share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.protocols.frozen import read_frozen
from bench.protocols.plan import Group, Plan, share
from bench.protocols.protocol import FOLDS, Pool
from smile.data.splits import Folds, apart, deal, order_subjects
from smile.errors import UserError


def draw_apart(subjects: Sequence[str], *key: object) -> Plan:
    """Half of the subjects for one encoder, and ten folds over the other half; UserError below three subjects."""
    names = sorted(set(subjects))
    if len(names) < 3:
        raise UserError(
            f"{len(names)} subject(s) are too few to keep some apart for pretraining and test at least two others; "
            "add subjects, or check that the reader tells them apart"
        )
    pretraining, evaluated = apart(names, len(names) // 2 / len(names), *key)
    folds, note = deal_ten(order_subjects(evaluated, *key, "folds"))
    return Plan((folds,), (Group(pretraining, tuple(range(len(folds.folds)))),), note=note)


def deal_ten(ordered: Sequence[str]) -> tuple[Folds, str]:
    """Ten folds, or one a subject where there are fewer than ten, and the note that says so."""
    if len(ordered) < 2:
        raise UserError(f"{len(ordered)} subject(s) cannot be tested by folds; add subjects")
    count = min(FOLDS, len(ordered))
    note = f"leave one subject out: {count} subjects are too few for {FOLDS} folds" if count < FOLDS else ""
    return deal(ordered, count), note


def draw_frozen(data_set: str, count: int) -> Callable[[Pool, int], Plan]:
    """Ten folds over the first `count` subjects of the frozen order of a release."""

    def draw(pool: Pool, encoders: int) -> Plan:
        chosen, reduced = choose_frozen(data_set, count, pool)
        folds, note = deal_ten(chosen)
        return Plan((folds,), share([folds], pool.everyone, encoders), reduced, note)

    return draw


def choose_frozen(data_set: str, count: int, pool: Pool) -> tuple[list[str], str]:
    """Those of the first `count` subjects in frozen order who are there, and "" or how many of how many that is."""
    wanted = read_frozen(data_set).order[:count]
    found = [name for name in wanted if name in pool.counted]
    return found, tell_reduced(len(found), count)


def tell_reduced(found: int, wanted: int) -> str:
    """The words for a release that holds fewer subjects than a protocol wants; "" where it holds them all."""
    return f"{found} of {wanted} subjects" if found < wanted else ""
