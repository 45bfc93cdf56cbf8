"""The plain script computes what the project computes, from its files; its augmentation moves as much."""

from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.speed.peers.picture_stores import write_pictures
from bench.speed.peers.plain_step import Apart, Clips, Plain, Work, contrast
from bench.speed.stages import step
from bench.speed.stages.step import OurSteps, draw_faces
from smile.config import Config, override
from smile.losses.alignment import Pairs, infonce
from smile.model.image_tower import to_pixels
from smile.model.text_tower import build_tokenizer


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setattr(step, "CLIPS", 8)
    images, captions = draw_faces(8, 16)
    write_pictures(images, tmp_path)
    return Work(override(Config(), {"training.batch_size": 4}), images, captions, tmp_path)


def open_clips(work: Work) -> Clips:
    return Clips(work, build_tokenizer(work.captions))


def test_files_give_back_the_pictures(work: Work) -> None:
    clips = open_clips(work)
    for number in range(8):
        assert torch.equal(clips.read(number), to_pixels(torch.from_numpy(work.images[number])))


def test_the_same_weights_give_the_same_loss_and_one_fault_is_seen(work: Work) -> None:
    with ExitStack() as stack:
        ours, plain = OurSteps(work, stack), Plain(work, loaders=0)
        rows = ours.batches.rows(0)
        assert ours.loss() == pytest.approx(plain.loss(rows), rel=1e-5)
        assert ours.loss() != pytest.approx(plain.loss(rows[::-1][:3].copy()), rel=1e-5)
        before = ours.loss()
        ours.epoch()
        assert ours.done == 2 and ours.loss() != before
        assert "TFLOP/s" in ours.describe({"ours": 1.0})


@pytest.mark.release
def test_the_plain_script_learns_in_a_process_of_its_own(work: Work) -> None:
    rows = np.arange(4)
    with closing(Apart(work)) as apart:
        before = apart.loss(rows)
        assert before == pytest.approx(Plain(work, loaders=0).loss(rows), rel=1e-6)
        apart.epoch()
        assert apart.loss(rows) != before


def test_both_augmentations_move_as_much(work: Work) -> None:
    torch.manual_seed(0)
    clips = open_clips(work)
    theirs = [float((clips[n % 8][0] - clips.read(n % 8)).abs().mean()) for n in range(64)]
    with ExitStack() as stack:
        batches = OurSteps(work, stack).batches
        seen = [(batches.read(k, torch.device("cpu")).pixels, batches.rows(k)) for k in range(16)]
    ours = [float((pixels - to_pixels(torch.from_numpy(work.images[rows]))).abs().mean()) for pixels, rows in seen]
    assert np.mean(theirs) == pytest.approx(np.mean(ours), rel=0.15)


def test_equal_captions_are_no_negatives_of_the_plain_script_either() -> None:
    torch.manual_seed(0)
    picture, text, numbers = torch.randn(5, 4), torch.randn(5, 4), torch.tensor([0, 1, 0, 2, 1])
    same = (numbers[:, None] == numbers).float()
    found = contrast(picture, text, same / same.sum(dim=1, keepdim=True), torch.tensor(7.0))
    torch.testing.assert_close(found, infonce(Pairs(picture, text, numbers, picture, text, numbers), torch.tensor(7.0)))


def test_captions_are_as_long_as_those_of_measured_faces() -> None:
    lengths = [len(caption.replace(",", " ,").split()) for caption in draw_faces(320, 8)[1]]
    assert 22 < np.mean(lengths) < 28 and 40 < max(lengths) <= 60
