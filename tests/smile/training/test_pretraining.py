"""A whole run: labels cannot reach it, and what comes out is ready for use."""

import inspect
from collections.abc import Callable

import numpy as np
import pytest

from smile.config import Config
from smile.errors import UserError
from smile.model.encoding import encode_sentences
from smile.training.pretraining import initialise, pretrain


def test_no_parameter_could_carry_labels() -> None:
    assert list(inspect.signature(pretrain).parameters) == [
        "config", "images", "captions", "report", "say", "checkpoint_folder", "device",
    ]  # fmt: skip


def test_the_model_comes_back_ready_for_use(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    model = pretrain(small, images, captions)
    assert not model.training
    assert encode_sentences(model, ["mouth open", "jaw dropped"]).shape == (2, 8)


def test_a_read_only_memory_map_is_read_as_it_is(small: Config, easy_task: Callable, tmp_path) -> None:
    images, captions, _ = easy_task(16, 0)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    one, other = pretrain(small, mapped, captions), pretrain(small, images, captions)
    for first, second in zip(one.state_dict().values(), other.state_dict().values(), strict=True):
        assert first.equal(second)


def test_captions_that_do_not_fit_are_refused(small: Config, easy_task: Callable) -> None:
    images, captions, _ = easy_task(16, 0)
    with pytest.raises(UserError, match="15 captions do not fit 16 clips"):
        initialise(small, images, captions[:15])
