"""Pictures reach every tower in its own size and channels, and its pooled features come back."""

from pathlib import Path

import pytest
import torch

from smile.model.image_tower import ImageTower, open_image_tower, to_pixels


def picture(channels: int, size: int = 40, count: int = 2) -> torch.Tensor:
    return torch.randint(0, 256, (count, channels, size, size), generator=torch.Generator().manual_seed(1)).byte()


def test_neutral_is_zero_and_the_range_is_that_of_minus_one_to_one() -> None:
    assert to_pixels(torch.tensor([0, 128, 255], dtype=torch.uint8)).tolist() == [-1, 0, 127 / 128]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_tower_reads_any_channels_and_size(vision_folder: Path, channels: int) -> None:
    tower = ImageTower(open_image_tower(str(vision_folder), channels, 40), channels).eval()
    features = tower(to_pixels(picture(channels)))
    assert features.shape == (2, tower.feature_size) and features.isfinite().all()
    assert not torch.equal(features[0], features[1])


def test_three_channels_in_the_tower_s_size_are_its_own_pooled_output(vision_folder: Path) -> None:
    backbone = open_image_tower(str(vision_folder), 3, 40).eval()
    tower = ImageTower(backbone, 3).eval()
    height, width = tower.size or (40, 40)
    pixels = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(tower(pixels), backbone(pixel_values=pixels).pooler_output.flatten(1), rtol=0, atol=0)


def test_without_a_pooled_output_the_class_token_is_read(vision_folder: Path) -> None:
    if "vit" not in vision_folder.name:
        pytest.skip("this tower pools")
    backbone = open_image_tower(str(vision_folder), 3, 40).eval()
    backbone.pooler = None
    pixels = torch.rand(2, 3, 32, 32)
    expected = backbone(pixel_values=pixels).last_hidden_state[:, 0]
    torch.testing.assert_close(ImageTower(backbone, 3).eval()(pixels), expected, rtol=0, atol=0)


def test_the_channel_adapter_starts_by_passing_channels_through(vision_folder: Path) -> None:
    pixels = torch.rand(1, 4, 5, 5)
    many = ImageTower(open_image_tower(str(vision_folder), 4, 40), 4).adapter(pixels)
    torch.testing.assert_close(many, torch.stack([pixels[:, 0] + pixels[:, 3], pixels[:, 1], pixels[:, 2]], dim=1))
    one = ImageTower(open_image_tower(str(vision_folder), 1, 40), 1).adapter(pixels[:, :1])
    torch.testing.assert_close(one, pixels[:, [0, 0, 0]])


def test_a_clip_in_the_preset_does_not_depend_on_its_batch() -> None:
    torch.manual_seed(0)
    tower = ImageTower(open_image_tower("tiny", 4, 64), 4)  # in training mode: batch statistics would show
    pixels = to_pixels(picture(4, size=64, count=5))
    torch.testing.assert_close(tower(pixels)[:2], tower(pixels[:2]), rtol=1e-4, atol=1e-5)
