"""The dense script computes what the packed tower computes, and a difference is not hidden."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from bench.speed.stages import vit
from bench.speed.stages.vit import Case, Dense, OurVitSteps, differences, measure_peak, time_vit_case
from smile.config import Config
from smile.model.presets import IMAGE, Transformer

TINY = Case("small", 32, 2, 1, 64)


def faces(_config: Config, clips: int) -> NDArray[np.uint8]:
    """Half of each picture is background."""
    images = np.random.default_rng(0).integers(0, 256, (clips, 3, 4, 32, 32)).astype(np.uint8)
    images[..., :16] = 128
    return images


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE, "small", Transformer(16, 2, 2))
    monkeypatch.setattr(vit, "draw_moving_faces", faces)
    monkeypatch.setattr(vit, "ROUNDS", 1)


def test_a_row_says_what_was_found() -> None:
    row = time_vit_case(TINY)
    assert row.equal and row.ratio and row.unit == "clips/s"
    for part in ("features differ by", "of the tokens", "reading and augmenting", "MFU", "of side 64"):
        assert part in row.note


def test_one_wrong_part_in_a_thousand_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Dense.features
    monkeypatch.setattr(Dense, "features", lambda self, pixels: 1.001 * right(self, pixels))
    assert not time_vit_case(TINY).equal


def test_the_background_would_be_seen_without_its_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    config = vit._configure(TINY)
    images = faces(config, 2)
    ours, dense = OurVitSteps(config, images), Dense(config, images)
    assert max(differences(ours.model, dense, images)) < vit.TOLERANCE
    monkeypatch.setattr(torch.Tensor, "masked_fill", lambda self, *_: self)
    assert min(differences(ours.model, dense, images)) > 1e-3


def test_both_learn_and_half_of_the_tokens_are_computed() -> None:
    config = vit._configure(TINY)
    ours, dense = OurVitSteps(config, faces(config, 2)), Dense(config, faces(config, 2))
    for one in (ours, dense):
        before = [value.detach().clone() for value in one.model.image.parameters()]
        one.run(1)
        assert all(not torch.equal(*pair) for pair in zip(before, one.model.image.parameters(), strict=True))
    assert 0.3 < ours.share(1) < 0.7


def test_the_peak_is_a_rate() -> None:
    assert 1e6 < measure_peak(64, torch.float32, torch.device("cpu")) < 1e14
