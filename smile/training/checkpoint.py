"""One file that holds a run between two steps: weights, optimiser and step, as safetensors."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from smile.atomic import replacing
from smile.errors import BadFile

#: Name of the file in the run's checkpoint folder; each checkpoint takes the place of the last.
FILE_NAME = "checkpoint.safetensors"


def save_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, step: int, run: dict[str, object]
) -> Path:
    """Writes the state after `step` steps; `run` says which run it belongs to. Whole or absent, also when killed."""
    tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{name}": value for name, value in state.items()}
    # A buffer may be a view of another; a file holds each on its own.
    tensors = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    with replacing(folder / FILE_NAME) as temporary:
        save_file(tensors, temporary, metadata={"step": str(step), "run": json.dumps(run, sort_keys=True)})
    return folder / FILE_NAME


def load_checkpoint(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, run: dict[str, object]) -> int:
    """Puts the folder's checkpoint into model and optimiser and returns its step; 0 where there is none.

    Raises BadFile where the file is damaged or belongs to a run with other settings.
    """
    file = folder / FILE_NAME
    if not file.exists():
        return 0
    try:
        with safe_open(file, framework="pt") as opened:
            notes = opened.metadata() or {}
            if notes.get("run") != json.dumps(run, sort_keys=True):
                raise BadFile(file, "run", _difference(notes.get("run"), run), "name another folder, or delete it")
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # not a mapping
            _restore(model, optimizer, tensors)
            return int(notes["step"])
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise BadFile(file, "", f"cannot be read: {error}", "delete it to start the run again") from error


def _restore(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    model.load_state_dict({n.removeprefix("model/"): t for n, t in tensors.items() if n.startswith("model/")})
    states: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, number, key = name.split("/")
            states.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})


def _difference(found: str | None, run: dict[str, object]) -> str:
    theirs = json.loads(found or "{}")
    keys = sorted(key for key in theirs.keys() | run.keys() if theirs.get(key) != json.loads(json.dumps(run.get(key))))
    return f"belongs to another run: {', '.join(keys)} differ"
