"""Many processes write and read records at once: none is overwritten by another cell, none is torn."""

import multiprocessing
import os

import pytest

from bench.record import read_record, read_records, record_path, write_record
from tests.bench.conftest import make_record

#: Concurrent writers; SMILE_WRITERS=1000 asks for more: pytest tests/bench/test_record_writers.py
WRITERS = int(os.environ.get("SMILE_WRITERS", "24"))
#: Records that each writer writes: its own, and one that all of them write.
ROUNDS = 2


def _write(number, out, gate):
    gate.wait(120)
    for again in range(ROUNDS):
        write_record(out, make_record(f"method_{number}", accuracy=(number % 10) / 10, seed=again))
        write_record(out, make_record("shared", accuracy=(number % 10) / 10, command=f"writer {number} " * 500))


@pytest.mark.slow
def test_every_record_of_every_writer_is_whole(tmp_path):
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(WRITERS + 1)
    writers = [context.Process(target=_write, args=(number, tmp_path, gate)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    gate.wait(120)
    shared, seen = record_path(tmp_path, make_record("shared").setting, "shared"), set()
    while any(writer.is_alive() for writer in writers):
        if shared.exists():
            seen.add(read_record(shared).command)  # raises where a reader sees half a record
    for writer in writers:
        writer.join()
    assert {writer.exitcode for writer in writers} == {0}
    records, damaged = read_records(tmp_path, "fer4d")
    assert damaged == []
    own = {(one.method, one.setting.seed): one for one in records if one.method != "shared"}
    assert len(own) == len(records) - 1 == WRITERS * ROUNDS
    for (method, _), one in own.items():
        assert one.metrics["accuracy"].value == (int(method.partition("_")[2]) % 10) / 10
    assert {command.split()[0] for command in seen} <= {"writer"}
    assert not list(tmp_path.rglob(".*")), "no unfinished file is left"


@pytest.mark.parametrize("byte", [0, 1])
def test_writers_of_one_cell_leave_one_of_their_records_to_the_byte(tmp_path, byte):
    """Two runs that measure the same cell write the same bytes; whichever is last changes nothing."""
    first = write_record(tmp_path / "a", make_record(command=f"run {byte}")).read_bytes()
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=write_record, args=(tmp_path / "b", make_record(command=f"run {byte}")))
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    (path,) = (tmp_path / "b").rglob("*.json")
    assert path.read_bytes() == first
