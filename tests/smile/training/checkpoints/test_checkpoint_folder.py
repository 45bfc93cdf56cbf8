"""The newest readable checkpoint is continued, the newest and the best are kept, the training does not wait."""

import resource
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from smile.errors import BadFile, UserError
from smile.training.checkpoints import checkpoint_folder as module
from smile.training.checkpoints.checkpoint_folder import CheckpointFolder

RUN = {"training": {"seed": 1}}


def fresh(value: float = 0.0) -> tuple[nn.Linear, torch.optim.AdamW]:
    model = nn.Linear(2, 1)
    nn.init.constant_(model.weight, value)
    return model, torch.optim.AdamW(model.parameters())


def write(folder: Path, losses: dict[int, float], keep: int = 2) -> list[str]:
    said: list[str] = []
    with CheckpointFolder(folder, RUN, keep, said.append) as checkpoints:
        for step, loss in losses.items():
            checkpoints.write(*fresh(step), step, loss)
    return sorted(file.name for file in folder.iterdir())


def names(*steps: int) -> list[str]:
    return [f"step-{step:09}.safetensors" for step in steps]


def resume(folder: Path, run: dict = RUN) -> tuple[int, float, list[str]]:
    said: list[str] = []
    model, optimizer = fresh()
    with CheckpointFolder(folder, run, 2, said.append) as checkpoints:
        return checkpoints.resume(model, optimizer), model.weight[0, 0].item(), said


def test_the_newest_and_the_best_are_kept(tmp_path: Path) -> None:
    assert write(tmp_path / "a", {2: 0.1, 4: 0.5, 6: 0.4, 8: 0.3}) == names(2, 6, 8)
    assert write(tmp_path / "a", {10: 0.9, 12: 0.8}) == names(2, 10, 12)  # also what a run before had written
    assert write(tmp_path / "b", {2: 0.5, 4: 0.4, 6: 0.3}, keep=1) == names(6)
    assert write(tmp_path / "c", {2: 0.1, 4: float("inf"), 6: 0.3}, keep=1) == names(2, 6)


def test_an_empty_folder_starts_at_the_beginning(tmp_path: Path) -> None:
    assert resume(tmp_path / "nothing") == (0, 0, [])


def test_the_newest_is_continued_and_said(tmp_path: Path) -> None:
    write(tmp_path, {2: 0.1, 4: 0.5})
    step, value, said = resume(tmp_path)
    assert (step, value) == (4, 4) and said == [f"goes on after step 4: {tmp_path / names(4)[0]}"]


def test_an_unreadable_one_is_passed_over_and_said(tmp_path: Path) -> None:
    write(tmp_path, {2: 0.1, 4: 0.5})
    newest = tmp_path / names(4)[0]
    newest.write_bytes(newest.read_bytes()[:-1] + b"\x7f")
    step, value, said = resume(tmp_path)
    assert (step, value) == (2, 2)
    assert said[0].startswith(f"passed over: {newest}: ") and "damaged" in said[0] and "after step 2" in said[1]


def test_where_none_can_be_read_the_run_does_not_start_over_unasked(tmp_path: Path) -> None:
    for name in write(tmp_path, {2: 0.1, 4: 0.5}):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(BadFile, match="none of 2 checkpoints can be read"):
        resume(tmp_path)


def test_another_run_s_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {2: 0.1})
    with pytest.raises(BadFile, match=r"training\.seed differ"):
        resume(tmp_path, {"training": {"seed": 2}})


def test_the_step_goes_on_while_the_checkpoint_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, real = threading.Event(), module.save_checkpoint

    def slow(*given: object) -> None:
        assert go.wait(30)
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "save_checkpoint", slow)
    model, optimizer = fresh(1.0)
    with CheckpointFolder(tmp_path, RUN, 2, print) as checkpoints:
        checkpoints.write(model, optimizer, 2, 0.1)
        assert not list(tmp_path.iterdir())
        nn.init.constant_(model.weight, 9.0)  # what comes after does not reach the checkpoint
        go.set()
    assert resume(tmp_path)[:2] == (2, 1)


def test_a_full_disk_is_one_error_before_the_next_step_counts(tmp_path: Path) -> None:
    model = nn.Linear(300, 300)
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with CheckpointFolder(tmp_path, RUN, 2, print) as checkpoints:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, allowed[1]))
            checkpoints.write(model, torch.optim.AdamW(model.parameters()), 2, 0.1)
            with pytest.raises(UserError, match=r"step-000000002.safetensors: cannot be written: .*; make room"):
                checkpoints.settle()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_under_a_name_that_lies_is_passed_over_and_hides_no_later_one(tmp_path: Path) -> None:
    write(tmp_path, {2: 0.1, 4: 0.5})
    (tmp_path / names(4)[0]).rename(tmp_path / names(99)[0])
    step, value, said = resume(tmp_path)
    assert (step, value) == (2, 2) and "holds step 4, and is named otherwise; delete it" in said[0]
    assert write(tmp_path, {4: 0.2, 6: 0.3, 8: 0.4}) == names(2, 6, 8, 99)
    assert resume(tmp_path)[0] == 8


def test_a_folder_in_the_place_of_a_checkpoint_is_refused_before_a_step_is_taken(tmp_path: Path) -> None:
    write(tmp_path, {2: 0.1})
    (tmp_path / names(4)[0]).mkdir()
    with pytest.raises(BadFile, match=r"step-000000004\.safetensors: is a folder, and no checkpoint; delete it"):
        resume(tmp_path)
