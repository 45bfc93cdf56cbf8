"""The room for a step's tokens is never too little, whatever the augmentation does, and not much too large."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from smile.model.image_tower import to_pixels
from smile.model.patches import Patches
from smile.training import token_bound
from smile.training.augment import augment
from smile.training.token_bound import TokenBound

CLIPS, VIEWS = 24, 2


def faces(size: int, background: tuple[int, ...], specks: bool) -> NDArray[np.uint8]:
    """[N, V, C, H, W]: an ellipse somewhere, or a few pixels alone, some of them at the very edge."""
    rng = np.random.default_rng(size)
    found = np.empty((CLIPS, VIEWS, len(background), size, size), dtype=np.uint8)
    found[:] = np.array(background)[:, None, None]
    rows, columns = np.mgrid[:size, :size] / size
    for picture in found.reshape(-1, len(background), size, size):
        y, x, tall, wide = rng.uniform((0.3, 0.3, 0.15, 0.1), (0.7, 0.7, 0.45, 0.4))
        face = ((rows - y) / tall) ** 2 + ((columns - x) / wide) ** 2 < 1
        if specks:
            face = np.zeros((size, size), dtype=bool)
            face[rng.choice([0, size - 1, *range(size)], 3), rng.choice([0, size - 1, *range(size)], 3)] = True
        picture[:, face] = rng.integers(1, 128, (len(background), face.sum()))
    return found


def count(patches: Patches, images: NDArray[np.uint8], strength: float, seeds: NDArray[np.int64]) -> NDArray[np.int64]:
    pixels = augment(to_pixels(torch.from_numpy(images)), strength, seeds, patches.values)
    counts: NDArray[np.int64] = patches.find(pixels.flatten(0, 1)).view(len(images), -1).sum(dim=1).numpy()
    return counts + images.shape[1]


def compare(bound: TokenBound, patches: Patches, images: NDArray[np.uint8], strength: float) -> NDArray[np.int64]:
    """The bound less what is needed, over some draws of every clip."""
    rows = np.random.default_rng(0).permutation(CLIPS)
    left = []
    for draw in range(8):
        seeds = np.stack(np.broadcast_arrays(7, draw, rows), axis=1)
        left.append(bound.bound(rows, seeds) - count(patches, images[rows], strength, seeds))
    return np.concatenate(left)


@pytest.mark.slow
@pytest.mark.parametrize("specks", [False, True])
@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0, 3.0])
@pytest.mark.parametrize(("size", "patch"), [(48, 16), (64, 8), (30, 6), (33, 4), (24, 3)])
def test_there_is_room_for_every_patch_that_is_seen(size: int, patch: int, strength: float, specks: bool) -> None:
    patches = Patches((128, 0), (size, size), patch)
    images = faces(size, patches.background, specks)
    assert compare(TokenBound(images, patches, strength), patches, images, strength).min() >= 0


def test_without_augmentation_it_is_the_number_itself() -> None:
    patches = Patches((128, 0), (64, 64), 8)
    images = faces(64, patches.background, specks=False)
    assert not compare(TokenBound(images, patches, 0.0), patches, images, 0.0).any()


def test_pictures_are_looked_at_a_chunk_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    patches = Patches((128, 0), (64, 64), 8)
    images = faces(64, patches.background, specks=False)
    whole = TokenBound(images, patches, 1.0)
    monkeypatch.setattr(token_bound, "CHUNK", 5)
    assert torch.equal(TokenBound(images, patches, 1.0).face_NVhw, whole.face_NVhw)
    assert whole.cell == 8 // token_bound.CELLS and len(whole.face_NVhw) == CLIPS


def test_it_is_not_much_too_large() -> None:
    patches = Patches((128, 0), (224, 224), 16)
    images = faces(224, patches.background, specks=False)[:6]
    seeds = np.stack(np.broadcast_arrays(7, 0, np.arange(6)), axis=1)
    needed = count(patches, images, 1.0, seeds)
    bound = TokenBound(images, patches, 1.0).bound(np.arange(6), seeds)
    assert needed.sum() < bound.sum() < 1.3 * needed.sum() < 0.7 * 6 * VIEWS * 197


def test_cells_that_are_not_widened_would_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    patches = Patches((128, 0), (48, 48), 16)
    images = faces(48, patches.background, specks=True)
    monkeypatch.setattr(TokenBound, "_widen", lambda _, face: face.float())
    assert compare(TokenBound(images, patches, 1.0), patches, images, 1.0).min() < 0
