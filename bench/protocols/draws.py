"""Draws folds in the ways that several protocols share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.protocols.frozen import read_frozen
from bench.protocols.plan import Group, Plan, share
from bench.protocols.protocol import FOLDS, Pool
from smile.data.splits import Folds, apart, deal, order_subjects
from smile.errors import UserError


def draw_apart(subjects: Sequence[str], *key: object) -> Plan:
    """Plans half of the subjects for one encoder, ten folds over the others; UserError with fewer than three."""
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
    """Returns ten folds and a note; with fewer than ten subjects, one fold for each. UserError with fewer than two."""
    if len(ordered) < 2:
        raise UserError(f"{len(ordered)} subject(s) cannot be tested by folds; add subjects")
    count = min(FOLDS, len(ordered))
    note = f"leave one subject out: {count} subjects are too few for {FOLDS} folds" if count < FOLDS else ""
    return deal(ordered, count), note


def draw_frozen(data_set: str, count: int) -> Callable[[Pool, int], Plan]:
    """Returns a draw of ten folds over the first `count` subjects of the frozen order of a release."""

    def draw(pool: Pool, encoders: int) -> Plan:
        chosen, reduced = choose_frozen(data_set, count, pool)
        folds, note = deal_ten(chosen)
        return Plan((folds,), share([folds], pool.everyone, encoders), reduced, note)

    return draw


def choose_frozen(data_set: str, count: int, pool: Pool) -> tuple[list[str], str]:
    """Returns which of the first `count` subjects in frozen order the data hold, and the words of `tell_reduced`."""
    wanted = read_frozen(data_set).order[:count]
    found = [name for name in wanted if name in pool.counted]
    return found, tell_reduced(len(found), count)


def tell_reduced(found: int, wanted: int) -> str:
    """Returns e.g. "30 of 101 subjects" where a protocol wants more subjects than the data hold; otherwise ""."""
    return f"{found} of {wanted} subjects" if found < wanted else ""
