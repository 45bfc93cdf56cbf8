"""Measures CLIP, SigLIP and other models that join pictures and sentences: probed, and by words alone.

Letters in shapes: N clips, B clips, V views, C planes, H and W pixels, S sentences, D width of the joint space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel, PretrainedConfig, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.tower import BATCH, NetEncoder, held_still
from bench.methods.vision_language.photograph import PhotographNet
from smile.arrays import Float32
from smile.config import Config
from smile.model.hub import reading
from smile.model.image_tower import to_pixels
from smile.model.text_tower import read_tokenizer
from smile.model.towers import own_memory
from smile.rendering.views import Views


def joins_text(config: PretrainedConfig) -> bool:
    """Returns whether a model has two halves, one for pictures and one for sentences, and a space that joins them."""
    from transformers import MODEL_MAPPING

    halves = hasattr(config, "vision_config") and hasattr(config, "text_config")
    return halves and hasattr(MODEL_MAPPING.get(type(config), object), "get_text_features")


@dataclass(frozen=True)
class SavedPair:
    """Loads a model of two towers; the object itself is a fit function, and learns nothing from the views."""

    place: str

    def __call__(self, views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
        """Returns the encoder, which shows the model three planes of each view as the colours of a photograph."""
        device = "cuda" if torch.cuda.is_available() else "cpu"
        net = PhotographNet(self.place, views.planes).to(device)
        with reading(f"{self.place}: cannot be loaded"):
            pair = AutoModel.from_pretrained(self.place, trust_remote_code=False, use_safetensors=True).eval()
            tokenizer = read_tokenizer(self.place)
        own_memory(pair)
        return PairEncoder(net, pair=pair.to(device), tokenizer=tokenizer)


@dataclass(frozen=True, kw_only=True)
class PairEncoder(NetEncoder):
    """Probes read the features of the image tower; words meet faces in the joint space of the whole model."""

    pair: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def embed_jointly(self, views: Views) -> Float32:
        """Returns the mean over views of their unit vectors in the joint space, [N, D]."""
        return np.concatenate(
            [self._join(views.images[start : start + BATCH]) for start in range(0, len(views), BATCH)]
        )

    def embed_sentences(self, sentences: Sequence[str]) -> Float32:
        """Returns the embeddings of sentences [S, D]; such a model reads any word by its parts."""
        length = self.pair.config.text_config.max_position_embeddings
        # SigLIP was trained on sentences that are padded to its full length.
        padding = "max_length" if self.pair.config.model_type.startswith("siglip") else True
        tokens = self.tokenizer(
            list(sentences), padding=padding, truncation=True, max_length=length, return_tensors="pt"
        ).to(self.pair.device)
        given = {key: tokens[key] for key in ("input_ids", "attention_mask") if key in tokens}
        return _tell(partial(self.pair.get_text_features, **given), self.pair)

    def _join(self, images: Any) -> Float32:
        pixels = to_pixels(torch.from_numpy(np.array(images)).to(self.pair.device))
        shown = self.model.show(pixels)  # type: ignore[operator]  # a PhotographNet
        views_ND = torch.from_numpy(_tell(partial(self.pair.get_image_features, pixel_values=shown), self.pair))
        return normalize(views_ND, dim=1).view(len(images), images.shape[1], -1).mean(dim=1).numpy()


def _tell(tower: Any, pair: PreTrainedModel) -> Float32:
    """Returns projected embeddings, which transformers 5 wraps in an output object."""
    with held_still(pair), reading("the model fails"):
        output = tower()
    vectors: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    found: Float32 = vectors.float().cpu().numpy()
    return found
