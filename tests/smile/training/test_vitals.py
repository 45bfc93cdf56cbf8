"""Collapse is measured by the numbers of the papers and called by its name; life is left alone."""

import math
import re
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from smile.config import Config, override
from smile.errors import UserError
from smile.model.face_text import FaceText
from smile.training.batches import Batch, Batches
from smile.training.loop import train
from smile.training.pretraining import initialise, pretrain
from smile.training.vitals import FIRST_STEP, IN_A_ROW, REMEDY, SIGNS, Streak, Watch, effective_rank, measure_vitals


def round_cloud(clips: int = 400, width: int = 6) -> Tensor:
    return torch.randn(clips, width, generator=torch.Generator().manual_seed(0))


def test_the_effective_rank_counts_directions() -> None:
    assert effective_rank(torch.ones(20, 5)).item() == pytest.approx(1, abs=1e-4)
    two = round_cloud()[:, :2] @ torch.linalg.qr(round_cloud(6, 6))[0][:2]
    assert effective_rank(two).item() == pytest.approx(2, rel=0.01)
    assert effective_rank(torch.zeros(4, 3)).isfinite()
    assert effective_rank(round_cloud()).item() == pytest.approx(6, rel=0.02)


def test_the_measures_are_those_of_the_papers() -> None:
    face = round_cloud()
    views = torch.stack([face, -face], dim=1)
    found = measure_vitals(views, face)
    unit = (face / face.norm(dim=1, keepdim=True)).double().numpy()
    squares = ((unit[:, None] - unit[None]) ** 2).sum(-1)[~np.eye(len(unit), dtype=bool)]
    assert found["vitals/uniformity"] == pytest.approx(math.log(np.exp(-2 * squares).mean()), rel=1e-6)
    assert found["vitals/view_distance"] == pytest.approx(4, rel=1e-6)  # opposite points of the unit sphere
    assert found["vitals/deviation"] == pytest.approx(unit.std(axis=0, ddof=1).mean() * math.sqrt(6), rel=1e-6)
    assert measure_vitals(views[:1], face[:1]) == {} == measure_vitals(views, face * math.nan)
    assert measure_vitals(views * math.inf, face) == {} != measure_vitals(views[:2], face[:2])


def follow(config: Config, task: tuple, objective: Callable | None = None) -> tuple[list[dict[str, float]], list[str]]:
    told: list[dict[str, float]] = []
    said: list[str] = []
    images, captions, _ = task
    if objective is None:
        pretrain(config, images, captions, report=told.append, say=said.append)
    else:
        model = initialise(config, images, None)
        train(model, objective, Batches(images, config.training), report=told.append, say=said.append)
    return told, said


SIZES = {"training.steps": 120, "training.batch_size": 16, "model.embedding_size": 16}


@pytest.mark.slow
def test_a_run_that_learns_is_not_accused(small: Config, easy_task: Callable) -> None:
    told, said = follow(override(small, SIZES), easy_task(32, 0))
    assert said == []
    assert {"vitals/effective_rank", "vitals/deviation", "vitals/view_distance", "vitals/uniformity"} <= told[
        0
    ].keys() | told[1].keys()


@pytest.mark.slow
def test_a_constant_encoder_is_called_collapsed_within_200_steps(small: Config, easy_task: Callable) -> None:
    def flatten(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        faces = model(batch.pixels).face_embedding
        return {"apart": (faces - 1).square().mean()}  # least where all faces are the same

    _, said = follow(override(small, SIZES | {"training.learning_rate": 0.01}), easy_task(32, 0), flatten)
    assert any("all faces have nearly the same embedding" in line for line in said)
    assert any("lie on one line" in line for line in said)
    steps = [int(line.split("step ")[1].split(":")[0]) for line in said]
    assert max(steps) < 200 and len(said) == len(set(said)) <= 3
    assert "losses.decorrelation.weight" in said[0]


class Faces(FaceText):
    """Hands on what it is given as the embeddings of faces in a single view."""

    def __init__(self) -> None:
        nn.Module.__init__(self)

    def forward(self, faces: Tensor) -> SimpleNamespace:
        return SimpleNamespace(view_embeddings=faces[:, None], face_embedding=faces)


def watch(collapsed: list[bool], first: int = FIRST_STEP, clips: int = 16) -> list[str]:
    """What is said of a run whose measurements, from step `first` on, are of collapsed faces or of a round cloud."""
    said: list[str] = []
    model = Faces()
    with Watch(model, said.append) as seen:
        for step, bad in enumerate(collapsed, first):
            model(torch.ones(clips, 6) if bad else round_cloud(clips))
            seen.check(step)
    return said


def test_collapse_is_said_once_it_lasts() -> None:
    bad = [True] * IN_A_ROW
    assert len(watch([*bad, True, True])) == 3  # one line a sign
    assert len(watch([*bad, False, *bad, False, *bad])) == 3  # also where it comes and goes
    said, start = watch(bad), f"collapse at step {FIRST_STEP + IN_A_ROW - 1}: "
    assert all(line.startswith(start) and line.endswith(f"; {REMEDY}") for line in said)
    for name, number in (("effective_rank", "1"), ("deviation", "0"), ("uniformity", "[-0.e]+")):
        assert sum(bool(re.search(rf"{SIGNS[f'vitals/{name}'][1]} \(vitals/{name} {number}\);", s)) for s in said) == 1
    assert watch(bad[1:]) == []
    assert watch(bad, FIRST_STEP - 1) == []
    assert watch(bad, clips=3) == [] != watch(bad, clips=4)  # three faces lie close to a line anyway


def test_a_pass_without_gradients_is_not_of_the_run() -> None:
    model = Faces()
    with Watch(model, pytest.fail) as seen, torch.no_grad():
        model(round_cloud(16))
        assert seen.check(FIRST_STEP) == {}


def test_faces_that_are_not_finite_are_not_called_collapsed() -> None:
    model = Faces()
    with Watch(model, pytest.fail) as seen:
        model(torch.full((16, 6), math.nan))
        assert [seen.check(FIRST_STEP + step) for step in range(IN_A_ROW)] == [{}] * IN_A_ROW


def test_patience_starts_anew_where_a_measurement_is_good() -> None:
    almost = [True] * (IN_A_ROW - 1)
    assert watch([*almost, False, *almost, False, *almost]) == []
    assert len(watch([*almost, False, *almost, True])) == 3


def test_watching_changes_nothing(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    models = [pretrain(override(small, {"training.vitals_every": every}), images, captions) for every in (0, 1)]
    for one, other in zip(*(model.state_dict().values() for model in models), strict=True):
        assert one.equal(other)
    assert isinstance(models[1], FaceText) and not models[1]._forward_hooks


def test_a_streak_counts_steps_in_a_row_only() -> None:
    streak = Streak(3, torch.device("cpu"))
    for number, sound in enumerate([False, False, True, False, False]):
        streak.add(torch.tensor(sound), {"loss/total": torch.tensor(math.nan if not sound else 1.0)})
        streak.check(number)
    assert streak.words() == "loss/total nan"


def test_the_losses_that_are_named_are_those_of_the_last_step_that_was_skipped() -> None:
    streak = Streak(3, torch.device("cpu"))
    assert streak.words() == ""
    for sound, value in ((True, 1.0), (False, math.inf), (True, 2.0)):
        streak.add(torch.tensor(sound), {"loss/alignment": torch.tensor(value), "loss/total": torch.tensor(3 * value)})
    assert streak.words() == "loss/alignment inf, loss/total inf"


@pytest.mark.parametrize(("device", "first", "told"), [("cpu", 1, 3), ("cuda", 0, 2), ("cuda", 1, 5)])
def test_a_gpu_is_asked_once_every_so_many_steps(device: str, first: int, told: int) -> None:
    streak = Streak(3, torch.device("cpu"))
    streak.device = torch.device(device)  # the numbers stay where this machine can count
    for step in range(told + 1):
        streak.add(torch.tensor(step < first), {"loss/total": torch.tensor(math.nan)})
        if step < told:
            streak.check(step)
    with pytest.raises(UserError, match=rf"diverged: 3 steps in a row, up to step {told}, .*\(loss/total nan\)"):
        streak.check(told)


def test_no_patience_is_the_least_there_is() -> None:
    streak = Streak(0, torch.device("cpu"))
    streak.add(torch.tensor(True), {"loss/total": torch.tensor(1.0)})
    streak.check(0)
    streak.add(torch.tensor(False), {"loss/total": torch.tensor(math.nan)})
    with pytest.raises(UserError, match="1 steps in a row"):
        streak.check(1)
