"""Augmentation: its seed alone decides, strength scales it, and it does what its comments say."""

import numpy as np
import pytest
import torch

from smile.training import augment as module
from smile.training.augment import augment


def faces(clips: int = 4, views: int = 3, size: int = 32) -> torch.Tensor:
    return torch.rand(clips, views, 2, size, size, generator=torch.Generator().manual_seed(3)) * 2 - 1


def seeds(clips: int) -> np.ndarray:
    return np.array([(0, 5, clip) for clip in range(clips)])


def only(monkeypatch: pytest.MonkeyPatch, *kept: str) -> None:
    for name in ("ROTATION", "SCALE", "SHIFT", "GAIN", "NOISE", "ERASE_CHANCE"):
        if name not in kept:
            monkeypatch.setattr(module, name, 0.0)


def test_a_clip_s_picture_depends_on_its_own_seed_alone() -> None:
    pixels = faces()
    whole = augment(pixels, 1.0, seeds(4))
    assert torch.equal(whole, augment(pixels, 1.0, seeds(4)))
    assert torch.equal(whole[2:], augment(pixels[2:], 1.0, seeds(4)[2:]))
    assert not torch.equal(whole[:1], augment(pixels[:1], 1.0, seeds(4)[1:2]))


def test_strength_zero_changes_nothing_and_more_changes_more() -> None:
    pixels = faces().cumsum(dim=-1).cumsum(dim=-2) / 100  # smooth, so that distances grow with displacement
    assert torch.equal(augment(pixels, 0.0, seeds(4)), pixels)
    changes = [(augment(pixels, s, seeds(4)) - pixels.clamp(-1, 1)).abs().mean() for s in (0.01, 0.3, 1.0)]
    assert changes[0] < changes[1] < changes[2]


def test_views_are_moved_on_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "SHIFT")
    same_views = faces(views=1).expand(4, 3, 2, 32, 32)
    moved = augment(same_views, 1.0, seeds(4))
    assert not torch.allclose(moved[:, 0], moved[:, 1], atol=0.1)


def test_what_comes_in_from_outside_repeats_the_border(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "ROTATION", "SHIFT", "SCALE")
    grey = torch.full((1, 2, 2, 32, 32), 0.25)
    torch.testing.assert_close(augment(grey, 1.0, seeds(1)), grey)


def test_a_turned_point_keeps_its_distance_from_the_centre(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rotation with its axes mixed up would shear: the distance would change with the direction."""
    only(monkeypatch, "ROTATION")
    monkeypatch.setattr(module, "ROTATION", 40.0)
    grid = torch.stack(torch.meshgrid(torch.arange(65.0) - 32, torch.arange(65.0) - 32, indexing="ij"))
    for row, column in ((0, 20), (20, 0), (14, 14)):
        spot = torch.exp(-((grid[0] - row) ** 2 + (grid[1] - column) ** 2) / 8).expand(1, 6, 1, 65, 65)
        for turned in augment(spot, 1.0, seeds(1))[0, :, 0]:
            centre = (grid * turned).sum(dim=(1, 2)) / turned.sum()
            assert centre.norm().item() == pytest.approx((row**2 + column**2) ** 0.5, rel=0.02)


def test_erasing_leaves_neutral_rectangles_in_some_views(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "ERASE_CHANCE")
    pixels = torch.full((40, 3, 2, 32, 32), 0.5)
    erased = (augment(pixels, 1.0, seeds(40)) == 0).all(dim=2)
    share = erased.flatten(2).any(dim=2).float().mean().item()
    assert 0.3 < share < 0.7
    for view in erased.flatten(0, 1)[erased.flatten(0, 1).flatten(1).any(dim=1)]:
        rows, columns = view.any(dim=1).nonzero(), view.any(dim=0).nonzero()
        area = (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
        assert view.sum() == area <= (module.ERASE_SIDE * 32 + 1) ** 2


def test_neutral_stays_neutral_and_the_range_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert augment(faces(), 1.0, seeds(4)).abs().max() <= 1
    monkeypatch.setattr(module, "NOISE", 0.0)
    assert augment(torch.zeros(2, 3, 2, 16, 16), 1.0, seeds(2)).abs().max() == 0


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_background_stays_what_it_is_and_a_face_changes_as_it_did(strength: float) -> None:
    background = [0.0, -1.0]
    pixels = torch.tensor(background)[:, None, None].repeat(4, 3, 1, 32, 32)
    pixels[..., 8:26, 6:20] = faces()[..., 8:26, 6:20]
    known, plain = augment(pixels, strength, seeds(4), background), augment(pixels, strength, seeds(4))
    nothing = (known == torch.tensor(background)[:, None, None]).all(dim=2, keepdim=True).expand_as(known)
    assert 0.3 < nothing.float().mean() < 0.9
    assert torch.equal(known[~nothing], plain[~nothing])  # noise, gain and place of the face are the same
    assert not torch.equal(known[nothing], plain[nothing])  # where there was noise on nothing
