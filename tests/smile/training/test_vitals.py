"""Collapse is measured by the numbers of the papers and called by its name; life is left alone."""

import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from smile.config import Config, override
from smile.model.face_text import FaceText
from smile.training.batches import Batch, Batches
from smile.training.loop import train
from smile.training.pretraining import initialise, pretrain
from smile.training.vitals import FIRST_STEP, IN_A_ROW, Streak, Watch, effective_rank, measure_vitals


def round_cloud(clips: int = 400, width: int = 6) -> Tensor:
    return torch.randn(clips, width, generator=torch.Generator().manual_seed(0))


def test_the_effective_rank_counts_directions() -> None:
    assert effective_rank(torch.ones(20, 5)).item() == pytest.approx(1, abs=1e-4)
    two = round_cloud()[:, :2] @ torch.linalg.qr(round_cloud(6, 6))[0][:2]
    assert effective_rank(two).item() == pytest.approx(2, rel=0.01)
    assert effective_rank(round_cloud()).item() == pytest.approx(6, rel=0.02)


def test_the_measures_are_those_of_the_papers() -> None:
    face = round_cloud()
    views = torch.stack([face, -face], dim=1)
    found = measure_vitals(views, face)
    unit = (face / face.norm(dim=1, keepdim=True)).double().numpy()
    squares = ((unit[:, None] - unit[None]) ** 2).sum(-1)[~np.eye(len(unit), dtype=bool)]
    assert found["vitals/uniformity"] == pytest.approx(math.log(np.exp(-2 * squares).mean()), rel=1e-6)
    assert found["vitals/alignment"] == pytest.approx(4, rel=1e-6)  # opposite points of the unit sphere
    assert found["vitals/deviation"] == pytest.approx(unit.std(axis=0, ddof=1).mean() * math.sqrt(6), rel=1e-6)
    assert measure_vitals(views[:1], face[:1]) == {} == measure_vitals(views, face * math.nan)


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


def test_a_run_that_learns_is_not_accused(small: Config, easy_task: Callable) -> None:
    told, said = follow(override(small, SIZES), easy_task(32, 0))
    assert said == []
    assert {"vitals/effective_rank", "vitals/deviation", "vitals/alignment", "vitals/uniformity"} <= told[
        0
    ].keys() | told[1].keys()


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


def watch(collapsed: list[bool], first: int = FIRST_STEP) -> list[str]:
    """What is said of a run whose measurements, from step `first` on, are of collapsed faces or of a round cloud."""
    said: list[str] = []
    model = Faces()
    with Watch(model, said.append) as seen:
        for step, bad in enumerate(collapsed, first):
            model(torch.ones(16, 6) if bad else round_cloud(16))
            seen.check(step)
    return said


def test_collapse_is_said_once_it_lasts() -> None:
    bad = [True] * IN_A_ROW
    assert len(watch([*bad, True, True])) == 3  # one line a sign
    assert all(line.startswith(f"collapse at step {FIRST_STEP + IN_A_ROW - 1}: ") for line in watch(bad))
    assert watch(bad[1:]) == []
    assert watch(bad, FIRST_STEP - 1) == []


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
