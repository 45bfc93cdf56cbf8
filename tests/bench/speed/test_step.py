"""The plain script computes what the project computes, from its files; its augmentation moves as much."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.speed import step
from bench.speed.step import Ours, Pictures, Plain, Work, draw_faces, write_pictures
from smile.config import Config, override
from smile.model.image_tower import to_pixels


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setattr(step, "CLIPS", 8)
    monkeypatch.setattr(step, "LOADERS", 0)
    images, captions = draw_faces(8, 16)
    write_pictures(images, tmp_path)
    return Work(override(Config(), {"training.batch_size": 4}), images, captions, tmp_path)


def test_files_give_back_the_pictures(work: Work) -> None:
    pictures = Pictures(work)
    for number in range(8):
        assert torch.equal(pictures.read(number), to_pixels(torch.from_numpy(work.images[number])))


def test_the_same_weights_give_the_same_loss_and_one_fault_is_seen(work: Work) -> None:
    with ExitStack() as stack:
        ours, plain = Ours(work, stack), Plain(work)
        rows = ours.batches.rows(0)
        assert ours.loss() == pytest.approx(plain.loss(rows), rel=1e-5)
        assert ours.loss() != pytest.approx(plain.loss(rows[::-1][:3].copy()), rel=1e-5)
        before = ours.loss()
        ours.epoch()
        assert ours.done == 2 and ours.loss() != before
        assert "TFLOP/s" in ours.describe({"ours": 1.0})


def test_both_augmentations_move_as_much(work: Work) -> None:
    torch.manual_seed(0)
    pictures = Pictures(work)
    theirs = [float((pictures[n % 8][0] - pictures.read(n % 8)).abs().mean()) for n in range(64)]
    with ExitStack() as stack:
        batches = Ours(work, stack).batches
        seen = [(batches.read(k, torch.device("cpu")).pixels, batches.rows(k)) for k in range(16)]
    ours = [float((pixels - to_pixels(torch.from_numpy(work.images[rows]))).abs().mean()) for pixels, rows in seen]
    assert np.mean(theirs) == pytest.approx(np.mean(ours), rel=0.15)
