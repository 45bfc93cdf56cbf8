"""Writes and reads a checkpoint: weights, optimiser and step in one safetensors file, with a checksum."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from smile.atomic import parse_json, replacing, tell_room
from smile.errors import BadFile, UserError
from smile.limits import rebuild, require_regular

#: Plain data that identifies a run; only a run with equal data may continue a checkpoint.
Run = Mapping[str, object]

#: The only entry of the file's metadata: safetensors writes several in random order, but equal states need equal bytes.
NOTES = "smile"

#: What AdamW keeps of a weight.
STATE = frozenset({"exp_avg", "exp_avg_sq", "step"})


class NotWritten(UserError):
    """Reports a checkpoint that cannot be written, e.g. because the disk is full."""


@dataclass(frozen=True)
class Checkpoint:
    """Holds the state after `step` steps, in memory of the host."""

    tensors: dict[str, Tensor]  # "model/<name>" and "optimizer/<number of the weight>/<name>"
    step: int
    loss: float  # mean since the last report
    run: str  # the Run, as JSON


def snapshot(model: nn.Module, optimizer: torch.optim.Optimizer, step: int, loss: float, run: Run) -> Checkpoint:
    """Copies the state, so that later steps do not change it."""
    tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{name}": value for name, value in state.items()}
    # A buffer may be a view of another buffer, but safetensors stores each one separately.
    copies = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in tensors.items()}
    return Checkpoint(copies, step, loss, json.dumps(run, sort_keys=True))


def save_checkpoint(checkpoint: Checkpoint, file: Path) -> None:
    """Writes the file completely or not at all, also when killed; raises NotWritten where it cannot be written."""
    notes = {"step": str(checkpoint.step), "loss": repr(checkpoint.loss), "run": checkpoint.run}
    notes["sha256"] = digest_state(checkpoint.tensors, notes)
    try:
        with replacing(file) as temporary:
            save_file(checkpoint.tensors, temporary, metadata={NOTES: json.dumps(notes)})
    except (OSError, SafetensorError) as error:
        needed = sum(value.nbytes for value in checkpoint.tensors.values())
        room = f"{needed:,} bytes are needed{tell_room(file)}"
        raise NotWritten(
            f"{file}: cannot be written: {error}; {room}; make room, then the same command goes on"
        ) from error


def load_checkpoint(file: Path) -> Checkpoint:
    """Reads what `save_checkpoint` wrote, and runs no code from it; raises BadFile where a single bit has changed."""
    try:
        require_regular(file)
        with safe_open(file, framework="pt") as opened:
            notes = rebuild(dict[str, str], parse_json(opened.metadata()[NOTES].encode()), NOTES)
            # Copy, because at the unaligned addresses of a mapped file CPUs round differently.
            tensors = {name: opened.get_tensor(name).clone() for name in opened.keys()}  # noqa: SIM118  # not a mapping
        if notes.pop("sha256") != digest_state(tensors, notes):
            raise ValueError("its checksum is another, so it is damaged")
        return Checkpoint(tensors, _read_step(notes["step"]), float(notes["loss"]), _read_run(notes["run"]))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError, OverflowError) as error:
        raise BadFile(file, "", f"cannot be read: {error}", "delete it") from error


def read_loss(file: Path) -> float:
    """Returns the loss in the file, without a check of the file; infinity where it cannot be read."""
    try:
        require_regular(file)
        with safe_open(file, framework="pt") as opened:
            return float(parse_json(opened.metadata()[NOTES].encode())["loss"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return math.inf


def restore(checkpoint: Checkpoint, file: Path, model: nn.Module, optimizer: torch.optim.Optimizer, run: Run) -> None:
    """Loads the state into model and optimiser; raises BadFile where the state belongs to another run or model."""
    if checkpoint.run != json.dumps(run, sort_keys=True):
        raise BadFile(file, "", _difference(checkpoint.run, run), "name another folder, or delete it")
    try:
        weights, states = _sort(checkpoint.tensors)
        _require_alike(weights, states, model, optimizer)
        model.load_state_dict(weights)
        optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})
    except (RuntimeError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise BadFile(file, "", f"belongs to another model: {reason}", "name another folder, or delete it") from error


def digest_state(tensors: Mapping[str, Tensor], notes: Mapping[str, str]) -> str:
    """Returns the SHA-256 over names, types, shapes and bytes of all tensors, and over the notes."""
    found = hashlib.sha256(json.dumps(dict(notes), sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        found.update(f"\0{name} {value.dtype} {tuple(value.shape)}\0".encode())
        found.update(value.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def _read_step(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 10 and int(text)):
        raise ValueError(f"{text[:20]!r} is no step")
    return int(text)


def _read_run(text: str) -> str:
    """Returns the text of a Run; ValueError or TypeError where it is none."""
    if not isinstance(parse_json(text.encode()), dict):
        raise TypeError("it does not say which run it is of")
    return text


def _require_alike(
    weights: Mapping[str, Tensor],
    states: Mapping[int, Mapping[str, Tensor]],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    """Raises ValueError on numbers of another precision, and on a state that is missing or does not fit its weight.

    Torch rounds the first in silence, and meets the second in the next step alone, or never.
    """
    own = model.state_dict()
    unfit = [name for name, value in weights.items() if value.is_floating_point() and bool(value.isnan().any())]
    unfit += [name for name, value in weights.items() if name in own and own[name].dtype != value.dtype]
    trained = dict(enumerate(one for group in optimizer.param_groups for one in group["params"]))
    unfit += [f"the state of weight {place}" for place, state in states.items() if not _fits(state, trained.get(place))]
    if unfit:
        raise ValueError(f"{unfit[0]} is missing, no number, or of another kind or shape")


def _fits(state: Mapping[str, Tensor], weight: Tensor | None) -> bool:
    """Whether AdamW can go on with the state of a weight."""
    if weight is None or state.keys() != STATE:
        return False
    return all(one.shape in ((), weight.shape) for one in state.values())


def _sort(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[int, dict[str, Tensor]]]:
    weights: dict[str, Tensor] = {}
    states: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        kind, rest = name.split("/", 1)
        if kind == "model":
            weights[rest] = tensor
        else:
            number, key = rest.split("/")
            states.setdefault(int(number), {})[key] = tensor
    return weights, states


def _difference(found: str, run: Run) -> str:
    theirs, ours = (_flat(json.loads(text)) for text in (found, json.dumps(run)))
    keys = sorted(key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key))
    return f"belongs to another run: {', '.join(keys[:5])} differ"


def _flat(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    leaves: dict[str, object] = {}
    for name, value in values.items():
        leaves |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return leaves
