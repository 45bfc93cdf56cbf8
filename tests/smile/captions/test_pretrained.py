"""Zero-shot by a pretrained two-tower model: against its own scores, on a tiny CLIP that the tests save."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertModel, CLIPModel

from smile.captions.pretrained import DEVIATION, MEAN, ask_pretrained
from smile.captions.prompts import prompt_bank
from smile.errors import UserError

CLASSES = ("anger", "happiness", "surprise")


def pictures(count: int, planes: int, size: int = 32) -> np.ndarray:
    blocks = np.random.default_rng(0).integers(0, 256, (count, 2, planes, 4, 4), dtype=np.uint8)
    return blocks.repeat(size // 4, axis=3).repeat(size // 4, axis=4)


def test_guesses_are_those_of_the_model_s_own_scores(two_tower_folder: Path) -> None:
    """One view and one prompt a class would be CLIP's own logits; here views and prompts are averaged by hand."""
    model, images = CLIPModel.from_pretrained(two_tower_folder).eval(), pictures(12, 3)
    tokenizer = AutoTokenizer.from_pretrained(two_tower_folder)
    mean, deviation = (np.array(v, np.float32)[:, None, None] for v in (MEAN, DEVIATION))
    expected = []
    with torch.no_grad():
        for face in images:
            scores = []
            for name in CLASSES:
                tokens = tokenizer(
                    list(prompt_bank(name)), padding=True, truncation=True, max_length=40, return_tensors="pt"
                )
                pixels = torch.tensor((face.astype(np.float32) / 255 - mean) / deviation)
                output = model(tokens["input_ids"], pixels, tokens["attention_mask"])
                words = output.text_embeds.mean(dim=0)
                scores.append((output.image_embeds.mean(dim=0) @ words / words.norm()).item())
            expected.append(CLASSES[int(np.argmax(scores))])
    assert ask_pretrained(str(two_tower_folder), images, ("normals",) * 3, CLASSES, batch_size=5) == expected
    assert len(set(expected)) > 1


def test_the_planes_that_look_most_like_a_photograph_are_shown(two_tower_folder: Path) -> None:
    normals, rest = pictures(4, 3), pictures(4, 2)[:, :, ::-1]
    both, planes = np.concatenate([rest, normals], axis=2), ("rank_depth", "depth", *("normals",) * 3)
    seen = ask_pretrained(str(two_tower_folder), both, planes, CLASSES)
    assert seen == ask_pretrained(str(two_tower_folder), normals, ("normals",) * 3, CLASSES)
    grey = ask_pretrained(str(two_tower_folder), both[:, :, :2], planes[:2], CLASSES)
    assert grey == ask_pretrained(str(two_tower_folder), both[:, :, [1, 1, 1]], ("normals",) * 3, CLASSES)


def test_the_folder_s_own_normalisation_counts(two_tower_folder: Path) -> None:
    images = pictures(12, 3)
    before = ask_pretrained(str(two_tower_folder), images, ("normals",) * 3, CLASSES)
    stated = {"image_mean": [0.1, 0.9, 0.5], "image_std": [0.02, 0.3, 1.0]}
    (two_tower_folder / "preprocessor_config.json").write_text(json.dumps(stated))
    assert ask_pretrained(str(two_tower_folder), images, ("normals",) * 3, CLASSES) != before


def test_what_is_no_two_tower_model_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"captions\.pseudo.*nowhere"):
        ask_pretrained(str(tmp_path / "nowhere"), pictures(1, 3), (), CLASSES)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(**sizes, vocab_size=8)).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="does not join pictures and text"):
        ask_pretrained(str(tmp_path), pictures(1, 3), (), CLASSES)
