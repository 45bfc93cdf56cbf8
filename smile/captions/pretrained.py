"""Guesses classes with a pretrained two-tower model (CLIP, SigLIP), which never saw these faces or their labels.

Letters in shapes: N clips, V views, C planes, H and W pixels, K classes, D width of the model's joint space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize
from transformers import AutoModel, PreTrainedModel

from smile.arrays import UInt8
from smile.atomic import read_json
from smile.captions.prompts import prompt_bank
from smile.errors import BadFile, UserError
from smile.limits import Positive, rebuild
from smile.model.hub import reading
from smile.model.text_tower import read_tokenizer

#: CLIP's mean and deviation of pixels, for a model folder that states none (Radford et al. 2021).
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

#: Channels that resemble a photograph, the best first; where an image has none of them, its first planes are used.
PHOTOGENIC = ("colour", "normals", "shape_index", "depth")


@torch.no_grad()
def ask_pretrained(
    name: str, images: UInt8, planes: Sequence[str], classes: Sequence[str], batch_size: int = 32
) -> list[str]:
    """Returns for each of N faces the class whose prompts are closest to its views in the model `name`.

    `name` is a folder or hub name. `images` are [N, V, C, H, W]; plane c belongs to the channel planes[c]. A class is
    the mean embedding of its prompts, a face the mean embedding of its views; each embedding is a unit vector.
    Raises UserError where the model lacks an image tower or a text tower.
    """
    model, (mean, deviation) = _open(name), _read_normalisation(name)
    words_KD = normalize(torch.stack([_embed_words(model, name, prompt_bank(one)) for one in classes]), dim=1)
    size = model.config.vision_config.image_size
    guesses: list[int] = []
    for start in range(0, len(images), batch_size):
        pixels = torch.from_numpy(np.array(images[start : start + batch_size]))
        pixels = _to_rgb(pixels, planes).flatten(0, 1).float() / 255
        pixels = (interpolate(pixels, (size, size), mode="bicubic", antialias=True).clamp(0, 1) - mean) / deviation
        views_D = normalize(_embed(name, model.get_image_features, pixel_values=pixels), dim=1)
        faces_ND = views_D.reshape(-1, images.shape[1], views_D.shape[1]).mean(dim=1)
        guesses += (faces_ND @ words_KD.T).argmax(dim=1).tolist()
    return [classes[number] for number in guesses]


def _open(name: str) -> PreTrainedModel:
    with reading(f"captions.pseudo: {name}"):
        model = AutoModel.from_pretrained(name, trust_remote_code=False, use_safetensors=True).eval()
    if not hasattr(model, "get_image_features") or not hasattr(model, "get_text_features"):
        raise UserError(f"captions.pseudo: {name}: a {model.config.model_type} model does not join pictures and text")
    return model


def _read_normalisation(name: str) -> tuple[Tensor, Tensor]:
    """Returns mean and deviation [3, 1, 1] of the pixels on which the model was trained."""
    file, remedy = Path(name) / "preprocessor_config.json", "take the folder anew, or delete the file"
    stated = read_json(file, remedy) if file.exists() else {}
    try:
        mean = rebuild(tuple[float, float, float], stated.get("image_mean", list(MEAN)), "image_mean")
        deviation = rebuild(tuple[Positive, Positive, Positive], stated.get("image_std", list(DEVIATION)), "image_std")
    except ValueError as error:
        raise BadFile(file, "", str(error), remedy) from None
    return torch.tensor(mean)[:, None, None], torch.tensor(deviation)[:, None, None]


def _embed_words(model: PreTrainedModel, name: str, prompts: Sequence[str]) -> Tensor:
    tokenizer = read_tokenizer(name)
    length = model.config.text_config.max_position_embeddings
    # SigLIP was trained on sentences that are padded to its full length.
    padding = "max_length" if model.config.model_type.startswith("siglip") else True
    with reading(f"captions.pseudo: {name}: its tokenizer fails"):
        tokens = tokenizer(list(prompts), padding=padding, truncation=True, max_length=length, return_tensors="pt")
    given = {key: tokens[key] for key in ("input_ids", "attention_mask") if key in tokens}
    return normalize(_embed(name, model.get_text_features, **given), dim=1).mean(dim=0)


def _embed(name: str, tower: Callable[..., Any], **given: Tensor) -> Tensor:
    """Returns the projected embeddings, which transformers 5 wraps in an output object."""
    with reading(f"captions.pseudo: {name}: a tower fails"):
        output = tower(**given)
    vectors: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    if not vectors.isfinite().all():
        raise UserError(f"captions.pseudo: {name}: its weights give numbers that are not finite; take the folder anew")
    return vectors


def _to_rgb(images_NVCHW: Tensor, planes: Sequence[str]) -> Tensor:
    """Returns the three planes [N, V, 3, H, W] that show the face best; repeats a single plane, which gives grey."""
    chosen = next((name for name in PHOTOGENIC if name in planes), None)
    numbers = [c for c, name in enumerate(planes) if name == chosen] or list(range(images_NVCHW.shape[2]))
    return images_NVCHW[:, :, [numbers[c % len(numbers)] for c in range(3)]]
