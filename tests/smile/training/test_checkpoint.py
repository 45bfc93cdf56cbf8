"""A checkpoint gives back what it was given, or says in one error why it cannot."""

from pathlib import Path

import pytest
import torch
from torch import nn

from smile.errors import BadFile
from smile.training.checkpoint import FILE_NAME, load_checkpoint, save_checkpoint

RUN: dict[str, object] = {"training": {"seed": 1, "epochs": 2}, "pictures": [3, 4]}


def trained(seed: int) -> tuple[nn.Module, torch.optim.AdamW]:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(5, 3)).square().sum().backward()
        optimizer.step()
    return model, optimizer


def test_model_optimiser_and_step_come_back(tmp_path: Path) -> None:
    model, optimizer = trained(0)
    save_checkpoint(tmp_path, model, optimizer, 7, RUN)
    other, other_optimizer = trained(1)
    assert load_checkpoint(tmp_path, other, other_optimizer, RUN) == 7
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    for number, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            assert torch.equal(value, other_optimizer.state_dict()["state"][number][key])


def test_each_takes_the_place_of_the_last_and_leaves_nothing_else(tmp_path: Path) -> None:
    model, optimizer = trained(0)
    for step in (1, 2):
        save_checkpoint(tmp_path, model, optimizer, step, RUN)
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]
    assert load_checkpoint(tmp_path, model, optimizer, RUN) == 2


def test_an_empty_folder_starts_at_the_beginning(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path, *trained(0), RUN) == 0


def test_another_run_s_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, *trained(0), 7, RUN)
    with pytest.raises(BadFile, match="belongs to another run: training differ"):
        load_checkpoint(tmp_path, *trained(0), RUN | {"training": {"seed": 2, "epochs": 2}})


@pytest.mark.parametrize("kept", [0, 5, 300])
def test_a_truncated_file_is_one_error(tmp_path: Path, kept: int) -> None:
    file = save_checkpoint(tmp_path, *trained(0), 7, RUN)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(BadFile, match=r"cannot be read.*delete it"):
        load_checkpoint(tmp_path, *trained(0), RUN)


def test_a_checkpoint_of_another_model_is_one_error(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, *trained(0), 7, RUN)
    model = nn.Linear(2, 2)
    with pytest.raises(BadFile, match="cannot be read"):
        load_checkpoint(tmp_path, model, torch.optim.AdamW(model.parameters()), RUN)
