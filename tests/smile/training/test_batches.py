"""Every clip once an epoch, in an order that seed and epoch decide, shared evenly by the workers."""

import numpy as np
import pytest
import torch

from smile.config import Training
from smile.errors import UserError
from smile.model.image_tower import to_pixels
from smile.model.patches import Patches
from smile.model.text_tower import build_tokenizer
from smile.training import batches as module
from smile.training.batches import Batches, keep_on, tokenize
from smile.training.token_bound import TokenBound

CPU = torch.device("cpu")


def pictures(count: int) -> np.ndarray:
    """Clip n is uniformly n grey."""
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None, None], (count, 2, 1, 4, 4))


def as_worker(monkeypatch: pytest.MonkeyPatch, rank: int, count: int) -> None:
    monkeypatch.setattr(module, "worker_rank", lambda: rank)
    monkeypatch.setattr(module, "worker_count", lambda: count)


def test_an_epoch_holds_every_clip_at_most_once_and_drops_the_incomplete_batch() -> None:
    batches = Batches(pictures(22), Training(batch_size=5))
    assert batches.steps_per_epoch == 4
    rows = np.concatenate([batches.rows(step) for step in range(4)])
    assert len(set(rows.tolist())) == 20


def test_the_only_batch_is_kept_though_it_is_incomplete() -> None:
    batches = Batches(pictures(3), Training(batch_size=5))
    assert batches.steps_per_epoch == 1 and sorted(batches.rows(7)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("settings", "clips", "steps"),
    [({"epochs": 3, "batch_size": 5}, 22, 12), ({"epochs": 3, "batch_size": 50}, 22, 3), ({"steps": 7}, 22, 7)],
)
def test_a_run_has_the_steps_of_its_epochs_or_those_that_it_was_given(
    settings: dict[str, int], clips: int, steps: int
) -> None:
    assert Batches(pictures(clips), Training(**settings)).steps == steps


def test_seed_and_epoch_decide_the_order() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        batches = Batches(pictures(20), Training(batch_size=10, seed=seed))
        return np.concatenate([batches.rows(2 * epoch), batches.rows(2 * epoch + 1)]).tolist()

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2) and order(0, 1) != order(1, 1)


def test_two_workers_see_what_one_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = tokenize(build_tokenizer(["a b"]), ["a", "b"] * 5)
    settings = Training(batch_size=4, augmentation=1.0)

    def read(rank: int, count: int) -> module.Batch:
        as_worker(monkeypatch, rank, count)
        batches = Batches(pictures(10), settings, sentences, torch.arange(10), twins=True)
        return batches.read(3, CPU)

    whole, halves = read(0, 1), [read(rank, 2) for rank in range(2)]
    for name in ("pixels", "twin_pixels", "input_ids", "attention_mask", "caption_ids", "labels"):
        joined = torch.cat([getattr(half, name) for half in halves])
        assert torch.equal(joined, getattr(whole, name)), name
    assert not torch.equal(whole.pixels, whole.twin_pixels)  # type: ignore[arg-type]


def test_rows_of_a_batch_belong_together() -> None:
    captions = [f"clip {number}" for number in range(10)]
    tokenizer = build_tokenizer(captions)
    sentences = tokenize(tokenizer, captions)
    batches = Batches(pictures(10), Training(batch_size=4, augmentation=0.0), sentences, torch.arange(10))
    batch, rows = batches.read(1, CPU), batches.rows(1)
    assert ((batch.pixels[:, 0, 0, 0, 0] * 128 + 128).round().int().tolist()) == rows.tolist()
    assert batch.labels is not None and batch.labels.tolist() == rows.tolist()
    assert batch.input_ids is not None
    assert tokenizer.batch_decode(batch.input_ids, skip_special_tokens=True) == [captions[row] for row in rows]


def test_equal_captions_share_a_number_and_the_empty_one_has_none() -> None:
    numbers = tokenize(build_tokenizer(["a", "b"]), ["b", "", "a", "b", " "]).caption_ids.tolist()
    assert numbers == [1, -1, 0, 1, -1]


def test_a_batch_that_workers_cannot_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    as_worker(monkeypatch, 0, 2)
    with pytest.raises(UserError, match=r"5 clips a step cannot be shared by 2 workers; .*multiple of 2"):
        Batches(pictures(10), Training(batch_size=5))


def test_no_clips_is_the_user_s_mistake() -> None:
    with pytest.raises(UserError, match="no clip"):
        Batches(pictures(0), Training())


def test_pictures_that_are_kept_on_the_device_give_the_batches_that_are_gathered() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (10, 2, 1, 8, 8), dtype=np.uint8)
    gathered, kept = (Batches(images, Training(batch_size=4), labels=torch.arange(10), twins=True) for _ in range(2))
    kept._resident[CPU] = keep_on(images, CPU, free=4 * images.nbytes)
    kept.__dict__["_buffer"] = None  # where pictures would be gathered
    for step in (0, 1, 5):
        one, other = gathered.read(step, CPU), kept.read(step, CPU)
        for name in ("pixels", "twin_pixels", "labels"):
            assert torch.equal(getattr(one, name), getattr(other, name)), name
    assert gathered._resident[CPU] is None


def test_pictures_are_kept_where_they_take_a_quarter_of_what_is_free() -> None:
    images = pictures(16)
    assert keep_on(images, CPU, free=4 * images.nbytes - 1) is None
    kept = keep_on(images, CPU, free=4 * images.nbytes)
    assert kept is not None and torch.equal(kept, torch.from_numpy(images.copy()))


def test_pictures_are_sent_to_a_device_once(monkeypatch: pytest.MonkeyPatch) -> None:
    meta, asked = torch.device("meta"), []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: asked.append(device) or (2**30, 2**30))
    batches = Batches(pictures(10), Training(batch_size=4, augmentation=0.0))
    assert [batches.read(step, meta).pixels.device for step in range(3)] == [meta] * 3
    assert asked == [meta] and batches._resident[meta].shape == (10, 2, 1, 4, 4)  # type: ignore[union-attr]


def test_what_the_run_does_not_have_is_not_in_the_batch() -> None:
    batch = Batches(pictures(6), Training(batch_size=2, augmentation=1.0)).read(4, CPU)
    absent = ("twin_pixels", "input_ids", "attention_mask", "caption_ids", "labels", "token_bound", "twin_token_bound")
    assert batch.step == 4 and all(getattr(batch, name) is None for name in absent)


def test_a_caption_that_is_longer_than_the_model_reads_is_cut() -> None:
    tokenizer = build_tokenizer(["a b"])
    tokenizer.model_max_length = 6
    assert tokenize(tokenizer, ["a b " * 20, "a"]).input_ids.shape == (2, 6)


def face_pictures(count: int) -> np.ndarray:
    """A square of a face on background 128, somewhere else in every clip."""
    images = np.full((count, 2, 1, 16, 16), 128, dtype=np.uint8)
    for number, image in enumerate(images):
        image[..., 2 + number % 8 :, 3:9] = 30
    return images


def test_background_stays_what_it_is_where_the_model_leaves_it_out() -> None:
    patches = Patches((128,), (16, 16), 4)
    images, settings = face_pictures(8), Training(batch_size=8, augmentation=1.0)
    nothing = to_pixels(torch.tensor([128], dtype=torch.uint8))
    known, plain = (Batches(images, settings, patches=one).read(0, CPU).pixels for one in (patches, None))
    assert (known == nothing).float().mean() > 0.2 > (plain == nothing).float().mean()


def test_a_device_is_told_how_many_tokens_its_pictures_have_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (2**30, 2**30))
    patches, images = Patches((128,), (16, 16), 4), face_pictures(8)
    settings = Training(batch_size=4, augmentation=1.0, seed=3)
    batches = Batches(images, settings, twins=True, patches=patches)
    batch, rows, bound = batches.read(5, torch.device("meta")), batches.rows(5), TokenBound(images, patches, 1.0)
    for copy, found in enumerate((batch.token_bound, batch.twin_token_bound)):
        np.testing.assert_array_equal(found, bound.bound(rows, np.array([(3, 5, copy, place) for place in range(4)])))
    assert batches.read(5, CPU).token_bound is None  # where the model counts for nothing
    other = Batches(images, settings, patches=Patches((128,), (32, 32), 4))
    assert other.read(5, torch.device("meta")).token_bound is None
