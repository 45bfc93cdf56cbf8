"""A checkpoint gives back what it was given, or says in one error why it cannot; nothing in it is executed."""

import json
import math
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from smile.errors import BadFile
from smile.training.checkpoints.checkpoint_file import (
    NOTES,
    Checkpoint,
    NotWritten,
    digest_state,
    load_checkpoint,
    read_loss,
    restore,
    save_checkpoint,
    snapshot,
)

RUN: dict[str, object] = {"training": {"seed": 1, "epochs": 2}, "pictures": [3, 4]}

#: Mutants of the suite; the 1,000 of docs/log.md are run by hand, with SMILE_MUTANTS=1000.
MUTANTS = int(os.environ.get("SMILE_MUTANTS", "60"))


def trained(seed: int) -> tuple[nn.Module, torch.optim.AdamW]:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(5, 3)).square().sum().backward()
        optimizer.step()
    return model, optimizer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_checkpoint(snapshot(*trained(0), 7, 0.25, RUN), tmp_path / "checkpoint.safetensors")
    return tmp_path / "checkpoint.safetensors"


def test_model_optimiser_and_step_come_back(file: Path) -> None:
    (model, optimizer), (other, other_optimizer) = trained(0), trained(1)
    found = load_checkpoint(file)
    restore(found, file, other, other_optimizer, RUN)
    assert (found.step, found.loss, read_loss(file)) == (7, 0.25, 0.25)
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    for number, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            assert torch.equal(value, other_optimizer.state_dict()["state"][number][key])


def test_a_snapshot_does_not_follow_the_training() -> None:
    model, optimizer = trained(0)
    taken = snapshot(model, optimizer, 7, 0.25, RUN)
    before = {name: value.clone() for name, value in taken.tensors.items()}
    optimizer.zero_grad()
    model(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    assert all(torch.equal(value, before[name]) for name, value in taken.tensors.items())


def test_the_same_state_is_the_same_bytes(file: Path, tmp_path: Path) -> None:
    save_checkpoint(snapshot(*trained(0), 7, 0.25, RUN), tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == file.read_bytes()


def test_another_run_s_checkpoint_is_refused_by_name(file: Path) -> None:
    with pytest.raises(BadFile, match=r"belongs to another run: training\.seed differ"):
        restore(load_checkpoint(file), file, *trained(0), RUN | {"training": {"seed": 2, "epochs": 2}})


def test_a_checkpoint_of_another_model_is_one_error(file: Path) -> None:
    model = nn.Linear(2, 2)
    with pytest.raises(BadFile, match="belongs to another model"):
        restore(load_checkpoint(file), file, model, torch.optim.AdamW(model.parameters()), RUN)


def flip(content: bytes, rng: np.random.Generator) -> bytes:
    place = int(rng.integers(len(content)))
    return content[:place] + bytes([content[place] ^ int(rng.integers(1, 256))]) + content[place + 1 :]


def flip_several(content: bytes, rng: np.random.Generator) -> bytes:
    for _ in range(int(rng.integers(2, 20))):
        content = flip(content, rng)
    return content


def truncate(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(len(content)))]


def lie_about_the_header(content: bytes, rng: np.random.Generator) -> bytes:
    size = int(rng.choice([0, 1, len(content), 2**31, 2**63, int(rng.integers(2**20))]))
    return struct.pack("<Q", size) + content[8:]


def change_the_header(content: bytes, rng: np.random.Generator) -> bytes:
    """Valid JSON that says something else: another step or run, two tensors that changed places, another shape."""
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + size])
    names = [name for name in header if name != "__metadata__"]
    one, two = (names[int(number)] for number in rng.choice(len(names), 2, replace=False))
    notes = json.loads(header["__metadata__"][NOTES])
    kind = int(rng.integers(7))
    if kind == 0:
        notes = {"step": "1", "loss": "0", "run": "{}", "sha256": "0" * 64}
    elif kind == 1:
        notes[str(rng.choice(["step", "loss", "run"]))] = str(rng.choice(["9", "nan", "[]", "{}"]))
    elif kind == 2:
        del notes[str(rng.choice(list(notes)))]
    elif kind == 3:
        header[one], header[two] = header[two], header[one]
    elif kind == 4:
        header[one]["dtype"] = str(rng.choice(["I32", "F16", "BOOL", "F99"]))
    header["__metadata__"][NOTES] = json.dumps(notes) if kind != 5 else str(rng.choice(["[]", "7", "{", "null"]))
    if kind == 6:
        del header["__metadata__"]
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content[8 + size :]


def put_a_pickle(content: bytes, rng: np.random.Generator) -> bytes:
    """A pickle that writes a file when it is loaded, in the place of the whole, of the header or of the end."""
    canary = b"cbuiltins\nexec\n(Vopen('CANARY', 'w').close()\ntR."
    place = int(rng.choice([0, 8, len(content) // 2, len(content)]))
    return [canary, content[:place] + canary + content[place:], content[:place] + canary][int(rng.integers(3))]


MUTATIONS = (flip, flip_several, truncate, lie_about_the_header, change_the_header, put_a_pickle)


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_mutant_is_one_error_or_is_read_as_it_was(
    file: Path, mutate: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    content, whole = file.read_bytes(), load_checkpoint(file)
    rng = np.random.default_rng(sum(map(ord, mutate.__name__)))
    refused = 0
    for _ in range(-(-MUTANTS // len(MUTATIONS))):
        file.write_bytes(mutate(content, rng))
        try:
            found = load_checkpoint(file)
        except BadFile as error:
            assert str(error).count("\n") == 0 and str(file) in str(error)
            refused += 1
        else:
            assert (found.step, found.loss, found.run) == (whole.step, whole.loss, whole.run)
            assert found.tensors.keys() == whole.tensors.keys()
            assert all(torch.equal(value, whole.tensors[name]) for name, value in found.tensors.items())
        assert isinstance(read_loss(file), float)
    assert refused
    assert not (file.parent / "CANARY").exists()


def test_a_name_a_type_a_shape_or_a_note_is_part_of_the_checksum() -> None:
    zeros = torch.zeros(2, 3)
    states = [{"a": zeros}, {"b": zeros}, {"a": zeros.T}, {"a": zeros.int()}, {"a": zeros, "b": zeros[:0]}]
    assert len({digest_state(state, {}) for state in states} | {digest_state(states[0], {"step": "1"})}) == 6
    two = {"a": zeros, "b": torch.arange(6.0).view(2, 3).T}
    assert digest_state(two, {}) == digest_state(dict(reversed(two.items())), {})


def test_a_pipe_is_no_checkpoint_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.safetensors")
    with pytest.raises(BadFile, match="cannot be read: a pipe, no file; delete it"):
        load_checkpoint(tmp_path / "a.safetensors")
    assert read_loss(tmp_path / "a.safetensors") == math.inf


def test_a_disk_that_does_not_take_a_checkpoint_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    checkpoint = Checkpoint({"model/a": torch.zeros(1)}, 1, 0.5, "{}")
    with pytest.raises(NotWritten, match=r"step-1: cannot be written: .*(directory|exists).*; make room"):
        save_checkpoint(checkpoint, tmp_path / "file" / "step-1")


def sign(file: Path, tensors: dict[str, torch.Tensor], **notes: str) -> None:
    """Writes a checkpoint whose checksum is right, whatever stands in it."""
    said = {"step": "7", "loss": "0.25", "run": json.dumps(RUN, sort_keys=True)} | notes
    said["sha256"] = digest_state(tensors, said)
    save_file(tensors, file, metadata={NOTES: json.dumps(said)})


@pytest.mark.parametrize(
    ("note", "text"),
    [(note, text) for note in ("step", "run") for text in ("", "-3", "0", "1e3", "[1]", "null", "9" * 30, "[" * 99999)],
)
def test_a_note_that_no_run_writes_is_one_error_whatever_the_checksum_says(file: Path, note: str, text: str) -> None:
    sign(file, load_checkpoint(file).tensors, **{note: text})
    with pytest.raises(BadFile, match=r"cannot be read: .*; delete it") as refused:
        load_checkpoint(file)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def halve(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model/0.weight"] = tensors["model/0.weight"].half()


def narrow(tensors: dict[str, torch.Tensor]) -> None:
    tensors["optimizer/0/exp_avg"] = tensors["optimizer/0/exp_avg"][:, :1].contiguous()


def lose_a_mean(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["optimizer/0/exp_avg"]


def break_a_number(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model/0.bias"][0] = math.nan


def add_a_weight(tensors: dict[str, torch.Tensor]) -> None:
    tensors["optimizer/-1/exp_avg"] = torch.zeros(2)


@pytest.mark.parametrize("change", [halve, narrow, lose_a_mean, break_a_number, add_a_weight])
def test_a_state_that_does_not_fit_is_refused_before_a_step_rounds_it_or_fails(file: Path, change: Callable) -> None:
    tensors = load_checkpoint(file).tensors
    change(tensors)
    sign(file, tensors)
    with pytest.raises(
        BadFile, match=r"belongs to another model: .* is missing, no number, or of another kind or shape"
    ):
        restore(load_checkpoint(file), file, *trained(0), RUN)
