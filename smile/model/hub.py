"""Reads pretrained models of others, by folder or hub name: whatever is wrong with one is a single error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from smile.errors import UserError


@contextmanager
def reading(complaint: str, remedy: str = "") -> Iterator[None]:
    """Turns what libraries raise over a folder inside a `with` block into UserError: "<complaint>: <why>; <remedy>".

    Over a damaged file, transformers and tokenizers raise nearly every kind of error, bare `Exception` too.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{complaint}: {_first_line(error)}{remedy and f'; {remedy}'}") from error


def try_tower(name: str, use: Callable[[], Tensor]) -> None:
    """Uses the tower `name` once; UserError where it fails, or gives numbers that are not finite.

    Has no effect on what is drawn at random later.
    """
    remedy = "take the folder anew"
    with reading(f"{name}: it cannot be used as a tower", remedy), torch.no_grad(), torch.random.fork_rng([]):
        if not use().isfinite().all():
            raise UserError(f"{name}: its weights give numbers that are not finite; {remedy}")


def _first_line(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(":")
