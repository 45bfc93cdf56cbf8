"""Augmentation: its seed alone decides, strength scales it, and it does what its comments say."""

import numpy as np
import pytest
import torch

from smile.training import augment as module
from smile.training.augment import augment, draw_uniform


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


def find_spots(monkeypatch: pytest.MonkeyPatch, kept: str, strength: float) -> torch.Tensor:
    """[100, 2 spots, (x, y)] where spots 20 pixels left and right of the centre come to lie when one thing changes."""
    only(monkeypatch, kept)
    y, x = torch.meshgrid(torch.arange(65.0) - 32, torch.arange(65.0) - 32, indexing="ij")
    spots = torch.stack([torch.exp(-((x - side) ** 2 + y**2) / 8) for side in (-20, 20)])
    moved = augment(spots.expand(100, 1, 2, 65, 65), strength, seeds(100))[:, 0]
    return torch.stack([(axis * moved).sum(dim=(-2, -1)) / moved.sum(dim=(-2, -1)) for axis in (x, y)], dim=-1)


@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_faces_are_shifted_turned_and_scaled_by_no_more_than_said_and_nearly_as_much(
    monkeypatch: pytest.MonkeyPatch, strength: float
) -> None:
    def is_spread(values: torch.Tensor, most: float) -> None:
        assert 0.9 * most < values.max() <= 1.02 * most and 0.9 * most < -values.min() <= 1.02 * most
        assert abs(values.mean()) < 0.25 * most

    with monkeypatch.context() as patch:
        shift = find_spots(patch, "SHIFT", strength) - torch.tensor([[-20.0, 0], [20, 0]])
        torch.testing.assert_close(shift[:, 0], shift[:, 1], atol=0.05, rtol=0)
        for axis in (0, 1):
            is_spread(shift[:, 0, axis], module.SHIFT * strength * 65)
        assert abs(np.corrcoef(shift[:, 0].T.numpy())[0, 1]) < 0.3
    with monkeypatch.context() as patch:
        left, right = find_spots(patch, "ROTATION", strength).unbind(dim=1)
        torch.testing.assert_close(left, -right, atol=0.05, rtol=0)
        is_spread(torch.rad2deg(torch.atan2(right[:, 1], right[:, 0])), module.ROTATION * strength)
    with monkeypatch.context() as patch:
        left, right = find_spots(patch, "SCALE", strength).unbind(dim=1)
        torch.testing.assert_close(left, -right, atol=0.05, rtol=0)
        # The picture is read with the scale, so that what is shown is as much smaller.
        is_spread(20 / right[:, 0] - 1, module.SCALE * strength)


def test_a_channel_of_a_clip_has_one_gain_in_all_views(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "GAIN")
    gains = augment(torch.full((200, 3, 2, 4, 4), -0.4), 2.0, seeds(200)) / -0.4
    torch.testing.assert_close(gains, gains[:, :1, :, :1, :1].expand_as(gains))
    one, other = gains[:, 0, :, 0, 0].T
    assert 0.95 * 2 * module.GAIN < (one - 1).abs().max() <= 2 * module.GAIN
    assert abs((one - 1).mean()) < 0.1 and abs(np.corrcoef(one, other)[0, 1]) < 0.2


def test_noise_has_the_level_of_its_clip_and_is_another_in_every_view(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "NOISE")
    noise = augment(torch.zeros(100, 2, 2, 32, 32), 2.0, seeds(100))
    levels = noise.flatten(2).std(dim=2)
    torch.testing.assert_close(levels[:, 0], levels[:, 1], rtol=0.12, atol=0)
    assert 0.9 * 2 * module.NOISE < levels.max() < 1.1 * 2 * module.NOISE and levels.min() < 0.2 * module.NOISE
    assert np.abs(np.corrcoef(noise.flatten(2)[:8].flatten(0, 1))[np.triu_indices(16, 1)]).max() < 0.15


def test_numbers_are_those_of_splitmix64() -> None:
    def mix(state: int) -> int:
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB % 2**64
        return state ^ (state >> 31)

    assert mix(0) == 0xE220A8397B1DCDAF  # the published generator's first number from seed 0
    for row, found in zip([(0, 5, 1), (3, 0, 2)], draw_uniform(np.array([(0, 5, 1), (3, 0, 2)]), 4), strict=True):
        state = 0
        for seed in row:
            state = mix(state ^ seed)
        wanted = [(mix((state + k * 0x9E3779B97F4A7C15) % 2**64) >> 11) / 2**53 for k in (1, 2, 3, 4)]
        assert found.tolist() == wanted


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


def test_rectangles_lie_anywhere_whole_and_grow_to_the_largest_side(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "ERASE_CHANCE")
    erased = (augment(torch.full((500, 1, 1, 40, 40), 0.5), 1.0, seeds(500)) == 0)[:, 0, 0]
    for axis in (1, 2):
        lines = erased.any(dim=axis)
        lines = lines[lines.any(dim=1)].int()
        first, count = lines.argmax(dim=1), lines.sum(dim=1)
        assert first.min() == 0 and (first + count).max() == 40
        assert count.max() == module.ERASE_SIDE * 40 and count.min() == 1
        # Were those cut that reach out of the picture, those at its end would be the smaller.
        assert abs((first + count / 2).mean() - 20) < 2
        assert abs(count[first > 20].float().mean() - count[first < 20 - count].float().mean()) < 1.5


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
