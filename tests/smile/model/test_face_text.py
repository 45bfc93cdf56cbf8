"""FaceText as a whole: shapes, text on and off, and a saved folder that needs nothing else."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel

from smile.config import Alignment, Model
from smile.errors import BadFile, UserError
from smile.model import FaceText, build_face_text
from smile.model.checksums import write_checksums
from smile.model.encoding import encode_faces, encode_sentences

CAPTIONS = ["brows raised, mouth open", "jaw dropped"]


def build(captions: list[str] | None = CAPTIONS, **settings: object) -> FaceText:
    torch.manual_seed(0)
    plain = Model(embedding_size=16, **settings)  # type: ignore[arg-type]
    return build_face_text(plain, channels=4, image_size=32, captions=captions, alignment=Alignment())


def pictures(count: int = 3, views: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, views, 4, 32, 32), dtype=np.uint8)


def test_shapes_and_fusion_of_a_pass() -> None:
    model = build()
    assert model.tokenizer is not None
    tokens = model.tokenizer(CAPTIONS, padding=True, return_tensors="pt")
    output = model(torch.rand(2, 3, 4, 32, 32), tokens["input_ids"], tokens["attention_mask"])
    shapes = {name: tuple(value.shape) for name, value in output.items()}
    assert shapes == {
        "view_features": (2, 3, 256),
        "view_embeddings": (2, 3, 16),
        "face_embedding": (2, 16),
        "face_features": (2, 256),
        "text_embedding": (2, 16),
        "gates": (2, 3),
    }
    torch.testing.assert_close(output.face_embedding, output.view_embeddings.mean(dim=1))
    torch.testing.assert_close(output.face_features, output.view_features.mean(dim=1))
    assert model.scale is not None and model.scale.item() == pytest.approx(1 / 0.07)


def test_the_inverse_temperature_is_bounded() -> None:
    model = build()
    with torch.no_grad():
        model.log_scale.fill_(50.0)
    assert model.scale is not None and model.scale.item() == pytest.approx(100)


def test_views_in_any_order_and_number_give_one_face() -> None:
    model, images = build().eval(), pictures()
    with torch.no_grad():
        model.fusion.score.weight.normal_(std=2.0)  # type: ignore[union-attr]
    found, turned = (encode_faces(model, x) for x in (images, images[:, [2, 0, 1]]))
    np.testing.assert_allclose(turned.face_embedding, found.face_embedding, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(turned.view_features, found.view_features[:, [2, 0, 1]], rtol=1e-4, atol=1e-5)
    assert encode_faces(model, pictures(views=5)).face_embedding.shape == (3, 16)
    np.testing.assert_array_equal(found.side_by_side, np.concatenate(found.view_features.swapaxes(0, 1), axis=1))


@pytest.mark.parametrize("fusion", ["gate", "attention", "mean"])
def test_a_view_that_is_not_there_changes_no_face(fusion: str) -> None:
    model, images = build(fusion=fusion).eval(), pictures()
    mask = np.array([[True, True, False], [True, False, False], [True, True, True]])
    found = encode_faces(model, images, view_mask=mask, batch_size=2)
    other = np.where(mask[:, :, None, None, None], images, 255 - images)
    for name in ("face_embedding", "face_features"):
        np.testing.assert_array_equal(
            getattr(encode_faces(model, other, view_mask=mask, batch_size=2), name), getattr(found, name)
        )
    two = encode_faces(model, images[:1, :2]).face_embedding
    np.testing.assert_allclose(found.face_embedding[:1], two, rtol=1e-4, atol=1e-5)
    assert np.abs(found.face_embedding[0] - encode_faces(model, images).face_embedding[0]).max() > 1e-3
    with pytest.raises(UserError, match="clip 1 has no view"):
        encode_faces(model, images, view_mask=mask & np.array([[True], [False], [True]]))


def test_the_seed_decides_the_weights() -> None:
    for one, other in zip(build().state_dict().values(), build().state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_a_model_without_text_cannot_read_sentences() -> None:
    model = build(captions=None)
    assert model.scale is None and not [name for name in model.state_dict() if "text" in name or "scale" in name]
    for read in (lambda: encode_sentences(model, ["jaw"]), lambda: model.embed_text(torch.tensor([[1]]))):
        with pytest.raises(UserError, match="without text"):
            read()


@pytest.mark.parametrize("captions", [CAPTIONS, None])
def test_a_saved_model_gives_the_same_vectors(tmp_path: Path, captions: list[str] | None) -> None:
    model = build(captions=captions)
    model.save_pretrained(tmp_path)
    again = AutoModel.from_pretrained(tmp_path)
    assert isinstance(again, FaceText) and not again.training
    np.testing.assert_array_equal(encode_faces(again, pictures()).face_embedding, _faces(model))
    if captions:
        np.testing.assert_array_equal(encode_sentences(again, ["jaw open"]), encode_sentences(model, ["jaw open"]))
    assert not [file for file in tmp_path.iterdir() if file.suffix in (".bin", ".pt", ".pkl")]


def test_a_saved_model_outlives_the_folder_of_its_image_tower(vision_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(vision_folder, tmp_path / "tower")
    model = build(image_tower=str(tmp_path / "tower"))
    model.save_pretrained(tmp_path / "saved")
    shutil.rmtree(tmp_path / "tower")
    again = FaceText.from_pretrained(tmp_path / "saved")
    np.testing.assert_array_equal(encode_faces(again, pictures()).face_embedding, _faces(model))
    assert str(tmp_path) not in (tmp_path / "saved" / "config.json").read_text()


def test_a_saved_model_outlives_the_folder_of_its_text_tower(text_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(text_folder, tmp_path / "tower")
    model = build(text_tower=str(tmp_path / "tower"))
    model.save_pretrained(tmp_path / "saved")
    shutil.rmtree(tmp_path / "tower")
    again = FaceText.from_pretrained(tmp_path / "saved")
    np.testing.assert_array_equal(encode_sentences(again, ["jaw"]), encode_sentences(model, ["jaw"]))


def test_missing_weights_are_named_and_never_invented(tmp_path: Path) -> None:
    build().save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    tensors = load_file(file)
    del tensors["log_scale"]
    save_file(tensors, file, metadata={"format": "pt"})
    write_checksums(tmp_path)
    with pytest.raises(BadFile, match="log_scale"):
        FaceText.from_pretrained(tmp_path)


def test_weights_that_meant_another_function_are_refused(tmp_path: Path) -> None:
    build().save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    del written["architecture"]  # as the first did not say
    (tmp_path / "config.json").write_text(json.dumps(written))
    write_checksums(tmp_path)
    for reader in (FaceText, AutoModel):
        with pytest.raises(UserError, match=r"architecture 1 .* train it again"):
            reader.from_pretrained(tmp_path)


def test_pictures_may_be_a_read_only_memory_map(tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", pictures())
    mapped = np.load(tmp_path / "pictures.npy", mmap_mode="r")
    np.testing.assert_array_equal(encode_faces(build(), mapped).face_embedding, _faces(build()))


def test_the_configuration_is_known_to_transformers(tmp_path: Path) -> None:
    build().save_pretrained(tmp_path)
    assert AutoConfig.from_pretrained(tmp_path).fusion == "gate"


def _faces(model: FaceText) -> np.ndarray:
    return encode_faces(model, pictures()).face_embedding
