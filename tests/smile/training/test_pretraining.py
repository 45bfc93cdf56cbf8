"""A whole run: labels cannot reach it, and what comes out is ready for use."""

import inspect
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from smile.captions.axes import Axes
from smile.config import Config, override
from smile.errors import UserError
from smile.model.encoding import encode_faces, encode_sentences
from smile.training.pretraining import initialise, pretrain
from tests.smile.training.conftest import WORDS

AXES_ALONE = {"losses.alignment.kind": "axes", "losses.decorrelation.weight": 0.0, "losses.redundancy.weight": 0.0}


def score(captions: Sequence[str]) -> Axes:
    """An axis for each of the easy task's words, and noise beside what is said."""
    said = np.array([[caption == word for word in WORDS] for caption in captions], dtype=float)
    noise = 0.2 * np.random.default_rng(0).normal(size=said.shape)
    return Axes(tuple((f"not {word}", word) for word in WORDS), 3 * (said - said.mean(axis=0)) + noise)


def test_no_parameter_could_carry_labels() -> None:
    assert list(inspect.signature(pretrain).parameters) == [
        "config", "images", "captions", "report", "say", "checkpoint_folder", "device", "axes",
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
    with pytest.raises(UserError, match="axes of 15 clips do not fit 16 clips"):
        initialise(override(small, AXES_ALONE), images, captions, axes=score(captions[:15]))


@pytest.mark.slow
def test_faces_find_their_places_and_shuffled_scores_teach_nothing(small: Config, easy_task: Callable) -> None:
    """What axes teach comes from whose scores they are: given to other faces, new faces are placed as by chance."""
    images, captions, _ = easy_task(48, 0)
    seen, _, classes = easy_task(90, 1)
    quick = {"training.epochs": 16, "training.batch_size": 16, "training.learning_rate": 3e-3}
    config = override(small, AXES_ALONE | quick)
    right = []
    for order in (np.arange(48), np.random.default_rng(0).permutation(48)):
        axes = score(captions)
        model = pretrain(config, images, captions, axes=Axes(axes.phrases, axes.scores[order]))
        ends = encode_sentences(model, axes.ends)
        low, high = np.split(ends / np.linalg.norm(ends, axis=1, keepdims=True), 2)
        places = encode_faces(model, seen).face_embedding @ (high - low).T
        right.append((places.argmax(axis=1) == classes).mean())
    assert right[0] > 0.95 and right[1] < 0.75, right
