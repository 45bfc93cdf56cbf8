"""Leaving the background out gives the features and gradients of the dense tower whose attention masks it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModel

from smile.config import Alignment, Model, Rendering
from smile.errors import UserError
from smile.model import FaceText, build_face_text, packed_tokens
from smile.model.encoding import encode_faces
from smile.model.image_tower import ImageTower, open_image_tower, to_pixels
from smile.model.patches import Patches
from smile.model.presets import IMAGE, Transformer

BACKGROUND = (128, 0, 128)
#: A whole face, one at the edge, one pixel, nothing at all.
OUTLINES = (
    (slice(4, 27), slice(9, 30)),
    (slice(0, 9), slice(25, 32)),
    (slice(17, 18), slice(8, 9)),
    (slice(0), slice(0)),
)


def pictures(size: int = 32) -> Tensor:
    """Pictures [4, 3, H, W] of noise within the outlines."""
    rng, found = np.random.default_rng(3), np.empty((len(OUTLINES), 3, size, size), dtype=np.uint8)
    found[:] = np.array(BACKGROUND)[:, None, None]
    for picture, (rows, columns) in zip(found, OUTLINES, strict=True):
        picture[:, rows, columns] = rng.integers(1, 120, picture[:, rows, columns].shape)
    return to_pixels(torch.from_numpy(found))


def dense(tower: nn.Module, pixels: Tensor, seen_NP: Tensor) -> Tensor:
    """The tower's own pass over all tokens, whose scores at patches that are not seen are minus infinity."""
    tower.set_attn_implementation("sdpa")  # type: ignore[operator]
    seen_NL = torch.cat([torch.ones_like(seen_NP[:, :1]), seen_NP], dim=1)
    mask = torch.zeros(seen_NL.shape, dtype=pixels.dtype).masked_fill(~seen_NL, -torch.inf)[:, None, None]
    pooled: Tensor = tower(pixel_values=pixels, attention_mask=mask).pooler_output
    tower.set_attn_implementation(packed_tokens.ATTENTION)  # type: ignore[operator]
    return pooled


def tower_of(folder: Path) -> ImageTower:
    if folder.name.rstrip("0123456789") in ("siglip", "resnet"):
        pytest.skip("this tower cannot leave patches out")
    return ImageTower(open_image_tower(str(folder), 3, 32), 3, BACKGROUND).double()


def gradients(tower: nn.Module, features: Tensor) -> dict[str, Tensor]:
    weights = torch.randn(features.shape, generator=torch.Generator().manual_seed(1), dtype=features.dtype)
    tower.zero_grad()
    (features * weights).sum().backward()
    return {name: value.grad.clone() for name, value in tower.named_parameters() if value.grad is not None}


@pytest.mark.parametrize("room", [None, "exact", "too much", "all"])
def test_features_and_gradients_are_those_of_the_dense_tower_with_a_mask(vision_folder: Path, room: str | None) -> None:
    image = tower_of(vision_folder)
    pixels = pictures(image.size[0]).double() if image.size else pictures().double()
    assert image.patches is not None
    seen = image.patches.find(pixels)
    tokens = seen.sum(dim=1).numpy() + 1
    given = {None: None, "exact": tokens, "too much": tokens + 3, "all": tokens * 0 + seen.shape[1] + 1}[room]
    expected, found = dense(image.tower, pixels, seen), image(pixels, given)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    theirs, ours = gradients(image.tower, expected), gradients(image.tower, found)
    assert theirs.keys() == ours.keys() and len(ours) > 20
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, rtol=1e-9, atol=1e-9, msg=name)


def test_it_is_no_dense_tower_without_a_mask(vision_folder: Path) -> None:
    image, pixels = tower_of(vision_folder), pictures().double()
    whole = ImageTower(image.tower, 3)
    pixels = pixels if image.size == (32, 32) else pictures(28).double()
    assert (image(pixels) - whole(pixels)).abs().amax(dim=1)[1:].min() > 1e-4  # the first is all face to DINOv2


def test_only_what_is_seen_is_computed() -> None:
    config = CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=4
    )
    image, sizes = ImageTower(CLIPVisionModel(config), 3, BACKGROUND), []
    image.tower.encoder.layers[1].mlp.register_forward_hook(lambda _, given, __: sizes.append(given[0].shape[1]))
    image(pictures())
    assert sizes == [6 * 6 + 3 * 2 + 1 + 0 + 4]  # the patches that the outlines reach, and four class tokens


def test_too_little_room_is_an_error_and_no_face_with_a_hole(vision_folder: Path) -> None:
    image = tower_of(vision_folder)
    pixels = torch.rand(2, 3, *(image.size or (32, 32)), dtype=torch.float64) + 0.1
    assert image.patches is not None
    needed = image.patches.find(pixels).sum().item() + 2
    image(pixels, np.array([needed]))
    with pytest.raises(RuntimeError, match="than there is room for"):
        image(pixels, np.array([needed - packed_tokens.STEP * 2]))


@pytest.mark.parametrize("size", [32, 20, 45])
def test_no_pixel_of_a_face_lies_in_a_patch_that_is_left_out(size: int) -> None:
    """Fitted to a tower of another size too: each pixel in turn is the whole face."""
    patches = Patches(BACKGROUND, (32, 32), 8)
    empty = pictures(32)[3:]
    empty = to_pixels(torch.from_numpy(np.array(BACKGROUND, dtype=np.uint8))).view(1, 3, 1, 1).expand(1, 3, size, size)
    faces = empty.repeat(size * size, 1, 1, 1)
    faces.view(len(faces), 3, -1)[torch.arange(len(faces)), 2, torch.arange(len(faces))] += 1 / 128
    fitted, plain = (
        nn.functional.interpolate(one, (32, 32), mode="bilinear", antialias=True) for one in (faces, empty)
    )
    differs = ((fitted - plain).abs() > 1e-9).any(dim=1).float()[:, None]
    reached = nn.functional.max_pool2d(differs, 8).flatten(1) > 0
    found = patches.find(faces)
    assert reached.any(dim=1).all() and not (reached & ~found).any() and found.float().mean() < 0.3
    assert not patches.find(empty).any()


@pytest.mark.parametrize("name", ["siglip", "resnet"])
def test_a_tower_that_cannot_is_named_with_what_can(vision_folder: Path, name: str) -> None:
    if not vision_folder.name.startswith(name):
        pytest.skip("another tower's turn")
    with pytest.raises(UserError, match="cannot leave patches out; set it to kept"):
        ImageTower(open_image_tower(str(vision_folder), 3, 32), 3, BACKGROUND)


@pytest.fixture
def thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE, "small", Transformer(16, 2, 2))


MOTION = Rendering(image_size=32)


def build(channels: int = 4, drawn: Rendering | None = MOTION, **settings: str) -> FaceText:
    torch.manual_seed(0)
    model = Model(embedding_size=8, **settings)  # type: ignore[arg-type]
    return build_face_text(
        model, channels=channels, image_size=32, captions=None, alignment=Alignment(), rendering=drawn
    )


@pytest.mark.usefixtures("thin")
def test_what_is_left_out_stays_with_a_saved_model(tmp_path: Path) -> None:
    model = build(image_tower="small", drawn=Rendering(channels=("normals", "depth")))
    assert model.config.background == [128, 128, 128, 0]
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 32, 32)).astype(np.uint8)
    images[..., :20] = np.array([128, 128, 128, 0])[:, None, None]
    before = encode_faces(model, images).face_features
    model.save_pretrained(tmp_path)
    again = FaceText.from_pretrained(tmp_path)
    assert again.image.patches == model.image.patches
    np.testing.assert_array_equal(encode_faces(again, images).face_features, before)
    images[..., :16] += 9  # no longer the background: seen, and another face
    assert np.abs(encode_faces(again, images).face_features - before).max() > 1e-3


@pytest.mark.usefixtures("thin")
def test_auto_leaves_out_of_what_is_trained_from_scratch_alone(vision_folder: Path) -> None:
    assert build(image_tower="small").image.patches is not None
    assert build(image_tower="small", background="kept").image.patches is None
    assert build(image_tower="tiny").image.patches is None
    assert build(image_tower=str(vision_folder)).image.patches is None
    assert build(image_tower="small", channels=2).image.patches is None  # of pictures drawn some other way


@pytest.mark.usefixtures("thin")
@pytest.mark.parametrize("drawn", [None, Rendering(channels=("depth",))])
def test_dropped_without_a_known_background_is_refused(drawn: Rendering | None) -> None:
    with pytest.raises(UserError, match="nothing says what the background of 4 planes is"):
        build(image_tower="small", background="dropped", drawn=drawn)


@pytest.mark.usefixtures("thin")
def test_a_picture_does_not_depend_on_its_batch() -> None:
    image = build(image_tower="small", channels=4).image.eval()
    pixels = torch.rand(5, 4, 32, 32, generator=torch.Generator().manual_seed(0)) - 0.5
    pixels[:, :, :, :16] = 0
    pixels[1, :, 4:] = 0
    torch.testing.assert_close(image(pixels)[1:3], image(pixels[1:3]), rtol=1e-5, atol=1e-5)
