"""Sentences into features, by a preset with its own vocabulary or any transformers text model.

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
from smile.model.packed_sentences import PACKABLE, pack
from smile.model.presets import LENGTH, TEXT_PRESETS, make_text_tower
from smile.model.towers import load_tower

#: Two-tower checkpoints pool their text at a trained token; encoders such as BERT and MiniLM are averaged.
POOLED_TYPES = ("clip_text_model", "siglip_text_model", "siglip2_text_model")

#: Encoders whose words look both ways; transformers takes a mask of theirs that is ready as it is.
TWO_WAY_TYPES = ("bert", "siglip_text_model", "siglip2_text_model")


def open_text_tower(name: str, captions: Sequence[str]) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A preset with a vocabulary from `captions`, or a pretrained text model (or half) with its own tokenizer."""
    if name in TEXT_PRESETS:
        tokenizer = build_tokenizer(captions)
        return make_text_tower(name, len(tokenizer)), tokenizer
    tower = load_tower(name, "text")
    tokenizer = read_tokenizer(name)
    # Some tokenizers state no limit; the tower's positions are one.
    tokenizer.model_max_length = min(tokenizer.model_max_length, tower.config.max_position_embeddings)
    return tower, tokenizer


def build_tokenizer(captions: Sequence[str]) -> PreTrainedTokenizerFast:
    """A word-level tokenizer with every word of `captions` in alphabetical order; lower case, punctuation apart.

    Words, not sub-words, for the few dozen words of the captions.
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
    """A text model and its pooling."""

    def __init__(self, tower: PreTrainedModel) -> None:
        super().__init__()
        self.tower = tower
        self.pooled = tower.config.model_type in POOLED_TYPES
        if not self.pooled and getattr(tower, "pooler", None) is not None:
            tower.pooler = None  # unused behind the mean: its weights would never get a gradient
        self.packable = not self.pooled and tower.config.model_type in PACKABLE
        self.feature_size: int = tower.config.hidden_size

    def forward(self, input_ids_BL: Tensor, attention_mask_BL: Tensor) -> Tensor:
        """Features [B, F]: the trained pooling where there is one, else the mean over the words."""
        # A GPU has room for padding; its host would have to wait for it to see the mask.
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
        """The mean over the words, which costs neither padding nor a sentence twice."""
        packed = pack(input_ids_BL, attention_mask_BL)
        output = self.tower(
            input_ids=packed.input_ids_RW, position_ids=packed.position_ids_RW, attention_mask=packed.visible_R1WW
        )
        hidden_RWF: Tensor = output.last_hidden_state
        return packed.average_BP.to(hidden_RWF.dtype) @ hidden_RWF.flatten(0, 1)

    def _ready(self, mask_BL: Tensor) -> Tensor | None:
        """The mask as transformers would make it, which would first ask the device whether it needs one."""
        if self.tower.config.model_type == "clip_text_model":
            return None  # each word looks back alone, and the last one, which is read, stands before the padding
        if self.tower.config.model_type in TWO_WAY_TYPES and self.tower.config._attn_implementation == "sdpa":
            return mask_BL.bool()[:, None, None].expand(-1, -1, mask_BL.shape[1], -1)
        return mask_BL


def read_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder or hub name; raises UserError where there is none."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{name}: no tokenizer can be read from it: {str(error).splitlines()[0]}") from error
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        # What transformers makes up where the files are missing: every word would be unknown.
        raise UserError(f"{name}: no tokenizer can be read from it: its vocabulary is missing; add tokenizer.json")
    return tokenizer
