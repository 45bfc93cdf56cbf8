"""Turns sentences into features, by a preset with its own vocabulary or any transformers text model.

Letters in shapes: B sentences, L tokens, F feature width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordLevel
from torch import Tensor, nn
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from smile.errors import UserError
from smile.model.hub import reading, try_tower
from smile.model.packed_sentences import PACKABLE, pack
from smile.model.presets import LENGTH, TEXT_PRESETS, make_text_tower
from smile.model.towers import load_tower

#: Text towers of two-tower models, which pool at a trained token; features of BERT, MiniLM and such are averaged.
POOLED_TYPES = ("clip_text_model", "siglip_text_model", "siglip2_text_model")

#: Encoders that attend in both directions; transformers accepts a finished 4D mask for them.
TWO_WAY_TYPES = ("bert", "siglip_text_model", "siglip2_text_model")


def open_text_tower(name: str, captions: Sequence[str]) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Makes a preset with the words of `captions`, or loads a pretrained text model (or half) with its tokenizer."""
    if name in TEXT_PRESETS:
        tokenizer = build_tokenizer(captions)
        return make_text_tower(name, len(tokenizer)), tokenizer
    tower = load_tower(name, "text")
    tokenizer = read_tokenizer(name)
    # Some tokenizers state no limit, but the tower has a limited number of positions.
    tokenizer.model_max_length = min(tokenizer.model_max_length, tower.config.max_position_embeddings)

    def use() -> Tensor:
        tokens = tokenizer(["a face", *captions[:1]], padding=True, truncation=True, return_tensors="pt")
        features: Tensor = TextTower(tower)(tokens["input_ids"], tokens["attention_mask"])
        return features

    try_tower(name, use)
    return tower, tokenizer


def build_tokenizer(captions: Sequence[str]) -> PreTrainedTokenizerFast:
    """Builds a word-level tokenizer of all words in `captions`, in alphabetical order, in lower case.

    Punctuation marks are words of their own. Whole words suffice, because captions use a few dozen words only.
    """
    normalizer, splitter = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    words = {word for text in captions for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))}
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", *sorted(words)])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=LENGTH
    )


class TextTower(nn.Module):
    """Runs a text model and pools its output."""

    def __init__(self, tower: PreTrainedModel) -> None:
        super().__init__()
        self.tower = tower
        self.pooled = tower.config.model_type in POOLED_TYPES
        if not self.pooled and getattr(tower, "pooler", None) is not None:
            tower.pooler = None  # the mean does not use it: its weights would get no gradient
        self.packable = not self.pooled and tower.config.model_type in PACKABLE
        self.feature_size: int = tower.config.hidden_size

    def forward(self, input_ids_BL: Tensor, attention_mask_BL: Tensor) -> Tensor:
        """Returns features [B, F]: the trained pooling where the tower has one, otherwise the mean over the words."""
        # On a GPU padding costs little, but the host would have to wait for the GPU to read the mask.
        if self.packable and input_ids_BL.device.type == "cpu" and not torch.compiler.is_compiling():
            return self._average_packed(input_ids_BL, attention_mask_BL)
        output = self.tower(input_ids=input_ids_BL, attention_mask=self._ready(attention_mask_BL))
        if self.pooled:
            pooled: Tensor = output.pooler_output
            return pooled
        hidden_BLF: Tensor = output.last_hidden_state
        mask_BL1 = attention_mask_BL[:, :, None].to(hidden_BLF.dtype)
        return (hidden_BLF * mask_BL1).sum(dim=1) / mask_BL1.sum(dim=1).clamp(min=1)

    def _average_packed(self, input_ids_BL: Tensor, attention_mask_BL: Tensor) -> Tensor:
        """Returns the mean over the words [B, F]; computes no padding, and equal sentences once."""
        packed = pack(input_ids_BL, attention_mask_BL)
        output = self.tower(
            input_ids=packed.input_ids_RW, position_ids=packed.position_ids_RW, attention_mask=packed.visible_R1WW
        )
        hidden_RWF: Tensor = output.last_hidden_state
        return packed.average_BP.to(hidden_RWF.dtype) @ hidden_RWF.flatten(0, 1)

    def _ready(self, mask_BL: Tensor) -> Tensor | None:
        """Returns the mask that transformers would make; transformers would wait for the device to decide on it."""
        if self.tower.config.model_type == "clip_text_model":
            return None  # words attend to earlier words only, and the last word, which is read, precedes the padding
        if self.tower.config.model_type in TWO_WAY_TYPES and self.tower.config._attn_implementation == "sdpa":
            return mask_BL.bool()[:, None, None].expand(-1, -1, mask_BL.shape[1], -1)
        return mask_BL


def read_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """Loads the tokenizer of a folder or hub name; raises UserError where there is none."""
    with reading(f"{name}: no tokenizer can be read from it"):
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        # Where files are missing, transformers makes such a tokenizer, for which every word is unknown.
        raise UserError(f"{name}: no tokenizer can be read from it: its vocabulary is missing; add tokenizer.json")
    return tokenizer
