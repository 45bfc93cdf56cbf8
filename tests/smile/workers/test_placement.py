"""How many workers a run asks for, and which numbers will do."""

import pytest

import smile.run
import sweeps.run
from smile.errors import UserError
from smile.workers.placement import Workers, parse_count, require_room, share_evenly


def test_a_number_or_a_range() -> None:
    assert parse_count("3") == (3, 3) and parse_count("2-4") == (2, 4) and parse_count("1-1") == (1, 1)
    assert not Workers(3, 3).are_elastic and Workers(4, 2).are_elastic


@pytest.mark.parametrize("text", ["0", "4-2", "0-2", "two", "-1", "2-", "1-2-3", ""])
def test_anything_else_is_named(text: str) -> None:
    with pytest.raises(UserError, match=f"--workers {text}: say how many"):
        parse_count(text)


def test_workers_that_cannot_share_a_step_are_refused() -> None:
    for workers in (Workers(4, 4), Workers(8, 2), Workers()):
        workers.require_even_shares(32)
    with pytest.raises(UserError, match=r"32 clips a step cannot be shared by 3 workers; .*a multiple of 3"):
        Workers(3, 3).require_even_shares(32)
    with pytest.raises(UserError, match="cannot be shared by 5 workers"):
        Workers(8, 5).require_even_shares(32)


def test_room_that_cannot_be_shared_evenly_is_left() -> None:
    assert [share_evenly(count, 32) for count in range(10)] == [0, 1, 2, 2, 4, 4, 4, 4, 8, 8]
    assert share_evenly(7, 7) == 7 and share_evenly(6, 7) == 1


def test_gpus_are_waited_for_where_they_are_asked_for() -> None:
    assert Workers(4, 2).need(0) == Workers(4, 2).need(1) == {"CPU": 1}
    assert Workers(4, 2).need(2) == {"CPU": 1, "GPU": 1}
    assert Workers(4, 4, gpus=0.5).need(0) == {"CPU": 1, "GPU": 0.5}
    assert Workers(4, 4, gpus=0).need(8) == {"CPU": 1}


def test_what_a_machine_alone_never_has_is_said_before_anything_is_drawn(monkeypatch, tmp_path, capsys):
    """Ray waits for it without end; a cluster may grow."""
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    for address, workers, gpus in ((None, 4, 0.25), (None, 1, 1.0), ("auto", 64, 64.0)):
        require_room(address, workers, gpus)
    monkeypatch.setattr("smile.commands.train.open_several", lambda _: pytest.fail("data are opened"))
    monkeypatch.setattr("sweeps.case._load_views", lambda *_: pytest.fail("a face is drawn"))
    train, sweep = ["train", "--out", str(tmp_path / "run")], ["loss_weights", "--out", str(tmp_path / "out")]
    for door, words, said in (
        (smile.run, [*train, "--workers", "5"], "5 workers want a core each, and this machine has 4"),
        (smile.run, [*train, "--workers", "2-8", "--gpus-per-worker", "1"], "2 x 1 GPUs are asked for, and torch"),
        (sweeps.run, [*sweep, "--workers-per-trial", "5"], "5 workers want a core each"),
        (sweeps.run, [*sweep, "--gpus-per-trial", "2"], "1 x 2 GPUs are asked for, and torch finds 1 here"),
        (smile.run, [*train, "--track", "tensorbord"], "did you mean 'tensorboard'"),
        (smile.run, [*train, "--storage", "/dev/null"], "--storage /dev/null: /dev/null is no folder"),
    ):
        assert door.main(words) == 2
        told = capsys.readouterr().err
        assert said in told and told.count("\n") == 1, told
