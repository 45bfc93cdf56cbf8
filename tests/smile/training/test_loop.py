"""The loop: it learns, its steps are what they say, and a killed run goes on to the same bytes."""

import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from smile.config import Config, Training, override
from smile.errors import BadFile, UserError
from smile.model.encoding import encode_faces
from smile.training.batches import Batch, Batches
from smile.training.checkpoints import checkpoint_folder as checkpoints
from smile.training.checkpoints.checkpoint_file import Checkpoint, load_checkpoint
from smile.training.loop import train
from smile.training.pretraining import pretrain
from tests.places import ROOT


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


class Line(nn.Module):
    """A model of one number that drifts as its objective says."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor([[5.0]]))


def squared(model: nn.Module, _: Batch) -> dict[str, Tensor]:
    return {"near": model.value.square().sum(), "half": 0.5 * model.value.square().sum()}  # type: ignore[operator, union-attr]


def grey(clips: int = 8) -> np.ndarray:
    return np.full((clips, 1, 1, 4, 4), 128, dtype=np.uint8)


@pytest.mark.slow
def test_the_loss_goes_down_and_the_task_is_learnt(small: Config, easy_task: Callable) -> None:
    config = override(small, {"training.epochs": 25})
    images, captions, classes = easy_task(48, 0)
    told: list[dict[str, float]] = []
    model = pretrain(config, images, captions, report=told.append)
    assert told[-1]["loss/alignment"] < 0.8 * told[0]["loss/alignment"]
    new_images, _, new_classes = easy_task(60, 1)
    known, new = (encode_faces(model, pictures).face_embedding for pictures in (images, new_images))
    centres = np.stack([known[classes == number].mean(axis=0) for number in range(3)])
    guesses = np.linalg.norm(new[:, None] - centres, axis=2).argmin(axis=1)
    assert (guesses == new_classes).mean() > 0.75  # chance is a third


@pytest.mark.parametrize("with_text", [True, False])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    small: Config, easy_task: Callable, with_text: bool
) -> None:
    images, captions, _ = easy_task(20, 0)
    first, again, other = (
        weights(pretrain(override(small, {"training.seed": seed}), images, captions if with_text else None))
        for seed in (0, 0, 1)
    )
    assert same(first, again) and not same(first, other)


def test_what_is_reported_and_when(tmp_path: Path) -> None:
    told: list[dict[str, float]] = []
    settings = Training(epochs=2, batch_size=2, checkpoint_every=3, report_every=0)
    train(Line(), squared, Batches(grey(), settings), report=told.append, checkpoint_folder=tmp_path)
    assert [(metrics["step"], metrics["epoch"]) for metrics in told] == [(3, 0.75), (4, 1), (6, 1.5), (8, 2)]
    for metrics in told:
        assert metrics["loss/near"] == pytest.approx(2 * metrics["loss/half"])
        assert metrics["loss/total"] == pytest.approx(1.5 * metrics["loss/near"])
        assert {"gradient_norm", "learning_rate"} <= metrics.keys()
    assert [file.name for file in sorted(tmp_path.iterdir())] == [
        "step-000000006.safetensors",
        "step-000000008.safetensors",
    ]


def test_a_run_can_be_so_many_steps_long_whatever_an_epoch_is() -> None:
    told: list[dict[str, float]] = []
    settings = Training(steps=7, epochs=1, batch_size=2, report_every=5)
    train(Line(), squared, Batches(grey(), settings), report=told.append)
    assert [metrics["step"] for metrics in told] == [4, 5, 7]
    assert told[-1]["learning_rate"] < 0.1 * settings.learning_rate  # the schedule is over the steps of the run


def test_a_step_is_adamw_on_the_clipped_gradient_at_the_scheduled_rate() -> None:
    model, settings = Line(), Training(epochs=5, batch_size=8, warmup=0.4, weight_decay=0.3, gradient_clip=0.1)
    train(model, squared, Batches(grey(), settings))
    value, first, second = 5.0, 0.0, 0.0
    for step in range(5):
        rate = 1e-3 * ((step + 1) / 2 if step < 2 else 0.5 * (1 + math.cos(math.pi * (step - 2) / 3)))
        gradient = math.copysign(min(abs(3 * value), 0.1), value)
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        value *= 1 - rate * 0.3
        value -= rate * (first / (1 - 0.9 ** (step + 1))) / (math.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
    assert model.value.item() == pytest.approx(value, rel=1e-5)


def fault(model: nn.Module, batch: Batch, steps: range) -> dict[str, Tensor]:
    value = model.value.square().sum()  # type: ignore[operator, union-attr]
    return {"calm": value, "wild": value * (math.nan if batch.step in steps else 1)}


def test_a_step_that_is_not_finite_changes_nothing_and_is_reported() -> None:
    told: list[dict[str, float]] = []
    said: list[str] = []
    settings = Training(steps=8, batch_size=8, warmup=0.0, report_every=4)

    def objective(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        values.append(model.value.item())  # type: ignore[operator, union-attr]
        return fault(model, batch, range(2, 4))

    values: list[float] = []
    train(Line(), objective, Batches(grey(), settings), report=told.append, say=said.append)
    assert values[2] == values[3] == values[4] != values[5]
    assert sum(metrics["vitals/skipped"] for metrics in told) == 2
    assert all(math.isfinite(value) for metrics in told for value in metrics.values())
    assert said[0].startswith("1 steps up to 3 were not finite") and "loss/wild nan" in said[0]


def test_an_unsound_step_leaves_running_statistics_alone() -> None:
    class Normed(Line):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(1)

        def forward(self, scale: float) -> Tensor:
            return self.norm(self.value * scale + torch.arange(4.0)[:, None]).square().sum() + self.value.sum()

    model = Normed()
    train(model, lambda m, batch: {"x": m(math.inf if batch.step == 1 else 1)}, Batches(grey(), Training(steps=3)))
    assert model.norm.running_var is not None and model.norm.running_var.isfinite().all()


def test_many_unsound_steps_in_a_row_stop_the_run_and_leave_the_last_good_weights(tmp_path: Path) -> None:
    values: list[float] = []

    def objective(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        values.append(model.value.item())  # type: ignore[operator, union-attr]
        return fault(model, batch, range(6, 20))

    batches = Batches(grey(), Training(steps=20, batch_size=8, patience=4, checkpoint_every=2))
    with pytest.raises(UserError, match=r"4 steps in a row, up to step 9, .*wild nan.*lower training.learning_rate"):
        train(Line(), objective, batches, checkpoint_folder=tmp_path)
    newest = sorted(tmp_path.glob("*.safetensors"))[-1]
    assert load_checkpoint(newest).tensors["model/value"].item() == values[6] != values[5]


class Stopped(Exception):
    """The run is broken off here."""


@pytest.mark.slow
@pytest.mark.parametrize("stop", [3, 6])  # in the middle of an epoch, and at its end
def test_a_run_that_was_broken_off_ends_in_the_same_bytes(
    small: Config, easy_task: Callable, tmp_path: Path, stop: int
) -> None:
    config = override(small, {"training.checkpoint_every": 3, "training.report_every": 1})
    images, captions, _ = easy_task(16, 0)
    whole: list[dict[str, float]] = []
    expected = weights(pretrain(config, images, captions, report=whole.append, checkpoint_folder=tmp_path / "a"))

    def break_off(metrics: dict[str, float]) -> None:
        if metrics["step"] == stop + 1:
            raise Stopped

    with pytest.raises(Stopped):
        pretrain(config, images, captions, report=break_off, checkpoint_folder=tmp_path / "b")
    rest: list[dict[str, float]] = []
    resumed = pretrain(config, images, captions, report=rest.append, checkpoint_folder=tmp_path / "b")
    assert same(weights(resumed), expected)
    assert rest == [metrics for metrics in whole if metrics["step"] > stop]


def test_a_checkpoint_is_written_during_the_next_step_which_counts_once_it_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Training(steps=6, batch_size=8, checkpoint_every=2, report_every=1, keep=9)
    begun, real = [threading.Event() for _ in range(settings.steps)], checkpoints.save_checkpoint
    seen: dict[float, list[str]] = {}

    def objective(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        begun[batch.step].set()
        return squared(model, batch)

    def save(state: Checkpoint, file: Path) -> None:
        assert state.step == settings.steps or begun[state.step].wait(30)  # the next step is being computed
        time.sleep(0.05)
        real(state, file)

    def report(metrics: dict[str, float]) -> None:
        seen[metrics["step"]] = [str(load_checkpoint(file).step) for file in sorted(tmp_path.glob("step-*"))]

    monkeypatch.setattr(checkpoints, "save_checkpoint", save)
    train(Line(), objective, Batches(grey(), settings), report=report, checkpoint_folder=tmp_path)
    assert {step: " ".join(steps) for step, steps in seen.items()} == {
        1: "", 2: "", 3: "2", 4: "2", 5: "2 4", 6: "2 4"
    }  # fmt: skip
    assert len(list(tmp_path.glob("step-*"))) == 3


def test_dropout_of_a_pretrained_tower_is_resumed_too(tmp_path: Path) -> None:
    class Dropping(Line):
        def forward(self) -> Tensor:
            return nn.functional.dropout(self.value.expand(50, 1), 0.5, self.training).square().sum()

    def objective(model: nn.Module, _: Batch) -> dict[str, Tensor]:
        return {"dropped": model()}

    def break_off(metrics: dict[str, float]) -> None:
        if metrics["step"] == 3:
            raise Stopped

    batches = Batches(grey(), Training(epochs=4, batch_size=8, checkpoint_every=2))
    whole, resumed = Dropping(), Dropping()
    train(whole, objective, batches)
    with pytest.raises(Stopped):
        train(Dropping(), objective, batches, report=break_off, checkpoint_folder=tmp_path)
    train(resumed, objective, batches, checkpoint_folder=tmp_path)
    assert whole.value.item() == resumed.value.item() != 5


def test_a_checkpoint_of_other_settings_is_refused(small: Config, easy_task: Callable, tmp_path: Path) -> None:
    images, captions, _ = easy_task(16, 0)
    config = override(small, {"training.checkpoint_every": 2})
    pretrain(config, images, captions, checkpoint_folder=tmp_path)
    with pytest.raises(BadFile, match="another run"):
        pretrain(override(config, {"training.seed": 9}), images, captions, checkpoint_folder=tmp_path)


@pytest.mark.slow
def test_a_killed_process_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        import numpy as np
        from smile.config import Config, override
        from smile.training.pretraining import pretrain
        images = np.random.default_rng(0).integers(0, 256, (16, 2, 2, 16, 16), dtype=np.uint8)
        config = override(Config(), {"training.epochs": 8, "training.batch_size": 8, "training.checkpoint_every": 1,
            "training.report_every": 1})
        folder = Path(sys.argv[1])
        def say(metrics):
            print(int(metrics["step"]), flush=True)
        model = pretrain(config, images, ["a", "b"] * 8, report=say, checkpoint_folder=folder)
        model.save_pretrained(folder / "model")
    """)

    def start(folder: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, str(tmp_path / folder)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    killed = start("killed")
    assert killed.stdout is not None
    while killed.stdout.readline().strip() != "7":
        assert killed.poll() is None
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    runs = [start("killed"), start("whole")]
    steps = [[int(line) for line in run.communicate()[0].split()] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert steps[0][0] >= 6 and steps[1][0] == 1 and steps[0][-1] == steps[1][-1] == 16
    files = [tmp_path / folder / "model" / "model.safetensors" for folder in ("killed", "whole")]
    assert same(*(load_file(file) for file in files)) and files[0].read_bytes() == files[1].read_bytes()
    assert json.loads((tmp_path / "killed" / "model" / "config.json").read_text())["model_type"] == "smile_face_text"
