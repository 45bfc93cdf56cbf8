"""Measures the largest memory that a piece of work takes: of the GPU where there is one, or of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Linux forgets the peak of a process when "5" is written here (man 5 proc), and tells the peak there.
_FORGET, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass
class Peak:
    """Holds the largest memory in GB, once the block has ended; 0 where the system does not tell it."""

    gigabytes: float = 0.0


@contextmanager
def watch_memory() -> Iterator[Peak]:
    """Measures the largest memory inside a `with` block, in units of 1e9 bytes."""
    import torch

    peak, on_gpu = Peak(), torch.cuda.is_available()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    else:
        _forget_peak()
    try:
        yield peak
    finally:
        peak.gigabytes = round(torch.cuda.max_memory_allocated() / 1e9 if on_gpu else _read_peak(), 3)


def _forget_peak() -> None:
    try:
        _FORGET.write_text("5")
    except OSError:  # no Linux, or no right to it: the peak since the start of the process is what can be told
        return


def _read_peak() -> float:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0.0
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), "0")
    return int(kilobytes) * 1024 / 1e9
