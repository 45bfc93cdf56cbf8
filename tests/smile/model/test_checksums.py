"""A model's folder that is not as it was written is one error; nothing in it is executed, no other weights come out."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from smile.config import Alignment, Model
from smile.errors import BadFile
from smile.model import FaceText, build_face_text
from smile.model.checksums import FILE_NAME, check_folder

#: Mutants of the suite; more by hand, with SMILE_MUTANTS=1000.
MUTANTS = int(os.environ.get("SMILE_MUTANTS", "60"))

CANARY = b"cbuiltins\nexec\n(Vopen('CANARY', 'w').close()\ntR."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    model = build_face_text(
        Model(embedding_size=8), channels=1, image_size=16, captions=["brows up", "jaw dropped"], alignment=Alignment()
    )
    place = tmp_path_factory.mktemp("model")
    model.save_pretrained(place)
    return place


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.name != "README.md")


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    place = int(rng.integers(len(content)))
    kind = int(rng.integers(5))
    if kind == 0:
        return content[:place]
    if kind == 1:
        return CANARY
    if kind == 2:
        return content[:place] + CANARY + content[place:]
    if kind == 3:
        return b"{}" if content[:1] == b"{" else content[8:]
    return content[:place] + bytes([content[place] ^ int(rng.integers(1, 256))]) + content[place + 1 :]


def test_what_is_whole_is_loaded(folder: Path) -> None:
    names = [file.name for file in files(folder)]
    assert names == [FILE_NAME, "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert list(json.loads((folder / FILE_NAME).read_text())) == names[1:]
    assert FaceText.from_pretrained(folder).tokenizer is not None


def test_a_mutant_of_any_file_is_one_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    rng = np.random.default_rng(0)
    for number in range(MUTANTS):
        file = files(folder)[number % 5]
        content = file.read_bytes()
        try:
            file.write_bytes(mutate(content, rng))
            if file.read_bytes() == content:
                continue
            with pytest.raises(BadFile) as caught:
                FaceText.from_pretrained(folder)
            assert "\n" not in str(caught.value) and str(folder) in str(caught.value)
        finally:
            file.write_bytes(content)
    assert not (folder / "CANARY").exists()
    check_folder(folder)


def test_pickled_weights_in_the_place_of_the_tensors_are_not_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "model.safetensors").rename(folder / "away")
    (folder / "pytorch_model.bin").write_bytes(CANARY)
    try:
        with pytest.raises(BadFile, match=r"model\.safetensors: is missing"):
            FaceText.from_pretrained(folder)
    finally:
        (folder / "away").rename(folder / "model.safetensors")
        (folder / "pytorch_model.bin").unlink()
    assert not (folder / "CANARY").exists()


def test_a_file_that_came_in_addition_is_named(folder: Path) -> None:
    (folder / "added_tokens.json").write_text("{}")
    try:
        with pytest.raises(BadFile, match=r"added_tokens.json: is not what checksums.json says"):
            check_folder(folder)
    finally:
        (folder / "added_tokens.json").unlink()


def test_the_card_may_be_edited(folder: Path) -> None:
    with (folder / "README.md").open("a") as card:
        card.write("Ours.\n")
    check_folder(folder)


def test_a_pipe_in_the_place_of_the_checksums_is_not_waited_for(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "model"
    shutil.copytree(folder, other)
    (other / FILE_NAME).unlink()
    os.mkfifo(other / FILE_NAME)
    with pytest.raises(BadFile, match="a pipe, no file"):
        check_folder(other)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("grown", [True, False], ids=["whole and zeros", "zeros"])
def test_a_file_without_end_is_refused_unread(folder: Path, tmp_path: Path, name: str, grown: bool) -> None:
    shutil.copytree(folder, tmp_path / "model")
    with (tmp_path / "model" / name).open("ab" if grown else "wb") as file:
        file.truncate(2**43)  # to hash it would take an hour
    with pytest.raises(BadFile, match=rf"{name}: byte \d+: goes on to 8,796,093,022,208 bytes"):
        check_folder(tmp_path / "model")
