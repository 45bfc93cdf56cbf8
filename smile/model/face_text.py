"""Joins towers, projections and fusion to FaceText, a transformers model that can be saved and loaded.

Letters in shapes: B clips, V views, C channels, H and W pixels, L tokens, F image feature width, D embedding width.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import ModelOutput
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from smile.arrays import Int64
from smile.atomic import write_text
from smile.config import Alignment, Model, Rendering, to_dict
from smile.errors import BadFile, UserError
from smile.model.card import FILE_NAME as CARD
from smile.model.card import write_card
from smile.model.checksums import check_folder, write_checksums
from smile.model.image_tower import ImageTower, open_image_tower
from smile.model.presets import IMAGE as TRANSFORMERS
from smile.model.text_tower import TextTower, open_text_tower
from smile.model.towers import describe_tower, freeze, is_frozen, own_memory, rebuild_tower
from smile.model.view_fusion import ViewFusion, fuse
from smile.rendering.motion.channels import name_backgrounds

#: CLIP's upper bound on the inverse temperature (Radford et al. 2021, section 2.5).
MOST_SCALE = 100.0

#: Version of the computation. Increase it whenever the same weights give other results: old weights are then refused.
ARCHITECTURE = 2


class FaceTextConfig(PretrainedConfig):  # type: ignore[misc]  # transformers ships no types
    """Holds all that rebuilds a FaceText without its original towers; `text_config` is None without text."""

    model_type = "smile_face_text"

    def __init__(
        self,
        image_config: Mapping[str, Any] = MappingProxyType({}),
        text_config: Mapping[str, Any] | None = None,
        channels: int = 3,
        image_size: int = 64,
        embedding_size: int = 128,
        fusion: str = "gate",
        initial_temperature: float = 0.07,
        initial_bias: float | None = None,
        background: Sequence[int] | None = None,
        rendering: Mapping[str, Any] | None = None,
        origin: Mapping[str, Any] | None = None,
        architecture: int = 1,
        **rest: Any,
    ) -> None:
        self.image_config = dict(image_config)
        self.text_config = None if text_config is None else dict(text_config)
        self.channels = channels
        self.image_size = image_size  # pixels, width and height of the training images
        self.embedding_size = embedding_size
        self.fusion = fusion
        self.initial_temperature = initial_temperature  # transformers uses the name `temperature` for generation
        self.initial_bias = initial_bias  # of the sigmoid's logits; None for InfoNCE
        # Background pixel of each channel; patches of background only are left out. None: the tower sees all patches.
        self.background = None if background is None else list(background)
        self.rendering = rendering  # config.Rendering as dictionaries: prediction draws the same images
        self.origin = origin  # card.Origin as dictionaries: on what the model was trained
        self.architecture = architecture  # ARCHITECTURE at training; the first version did not store it
        super().__init__(**rest)


@dataclass
class FaceTextOutput(ModelOutput):  # type: ignore[misc]  # transformers ships no types
    """Holds the result of one forward pass."""

    view_features: Tensor | None = None  # [B, V, F] from the image tower
    view_embeddings: Tensor | None = None  # [B, V, D] projected features
    face_embedding: Tensor | None = None  # [B, D] fused embeddings of the views
    face_features: Tensor | None = None  # [B, F] features fused with the weights `gates`
    text_embedding: Tensor | None = None  # [B, D]; None without text
    gates: Tensor | None = None  # [B, V] weights of the views, averaged over the heads of the fusion


class FaceText(PreTrainedModel):  # type: ignore[misc]  # transformers ships no types
    """Embeds views of a face and a sentence in one joint space; `tokenizer` belongs to the text tower.

    Raises UserError for a config of another ARCHITECTURE.
    """

    config_class = FaceTextConfig
    main_input_name = "pixel_values"
    tokenizer: PreTrainedTokenizerBase | None = None

    def __init__(
        self,
        config: FaceTextConfig,
        image_tower: PreTrainedModel | None = None,
        text_tower: PreTrainedModel | None = None,
    ) -> None:
        super().__init__(config)
        if config.architecture != ARCHITECTURE:
            raise UserError(
                f"this model is of architecture {config.architecture} and this program computes {ARCHITECTURE}, so its "
                "weights would give something else; train it again, or use the version that made it"
            )
        size = config.embedding_size
        tower = image_tower or rebuild_tower(config.image_config)
        self.image = ImageTower(tower, config.channels, config.background)
        self.image_projection = _projection(self.image.feature_size, size)
        self.fusion = ViewFusion(size, config.fusion)
        self.text: TextTower | None = None
        self.bias: nn.Parameter | None = None  # of the sigmoid's logits
        if config.text_config is not None:
            self.text = TextTower(text_tower or rebuild_tower(config.text_config))
            self.text_projection = _projection(self.text.feature_size, size)
            self.log_scale = nn.Parameter(torch.tensor(-math.log(config.initial_temperature)))
            if config.initial_bias is not None:
                self.bias = nn.Parameter(torch.tensor(config.initial_bias))
        self.post_init()

    @property
    def scale(self) -> Tensor | None:
        """Returns the learnt inverse temperature, at most MOST_SCALE; None without text."""
        return None if self.text is None else self.log_scale.clamp(max=math.log(MOST_SCALE)).exp()

    def forward(
        self,
        pixel_values: Tensor,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_bound: Int64 | None = None,
        view_mask: Tensor | None = None,
    ) -> FaceTextOutput:
        """Embeds images [B, V, C, H, W] in the range of `to_pixels` and, where given, tokens [B, L].

        V may be any number. Where `view_mask` [B, V] is false, the view is missing and its pixels do not change the
        face. `token_bound` [B] is an upper bound on the image tokens of each clip, for a model that leaves out the
        background; it changes the time only, not the result.
        """
        features_BVF = self.image(pixel_values.flatten(0, 1), token_bound).unflatten(0, pixel_values.shape[:2])
        views_BVD = self.image_projection(features_BVF)
        weights_BHV = self.fusion(views_BVD, view_mask)
        gates_BV = weights_BHV.mean(dim=1)
        return FaceTextOutput(
            view_features=features_BVF,
            view_embeddings=views_BVD,
            face_embedding=fuse(weights_BHV, views_BVD, view_mask),
            face_features=fuse(gates_BV[:, None], features_BVF, view_mask),
            text_embedding=None if input_ids is None else self.embed_text(input_ids, attention_mask),
            gates=gates_BV,
        )

    def embed_text(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Returns embeddings [B, D] of tokens [B, L]; raises UserError for a model that was trained without text."""
        if self.text is None:
            raise UserError("this model was trained without text (captions.arm=none) and cannot read sentences")
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        embedding_BD: Tensor = self.text_projection(self.text(input_ids, mask))
        return embedding_BD

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Writes config, weights (safetensors), tokenizer, card and checksums: all that loading the model needs."""
        super().save_pretrained(save_directory, **options)
        card = write_card(self.config.origin, self._summarise(), self.config.channels, self.config.image_size)
        write_text(Path(save_directory) / CARD, card)
        if self.tokenizer is not None:
            self.tokenizer.save_pretrained(save_directory)
        write_checksums(Path(save_directory))

    def train(self, mode: bool = True) -> FaceText:
        """Sets the training mode as torch does, but a frozen tower stays in evaluation mode, without dropout."""
        super().train(mode)
        for part in (self.image, self.text):
            if part is not None and is_frozen(part.tower):
                part.tower.eval()
        return self

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, *inputs: Any, **options: Any) -> Any:
        """Loads what `save_pretrained` wrote; raises BadFile where the folder has changed or weights are missing."""
        folder, wants_info = pretrained_model_name_or_path, options.pop("output_loading_info", False)
        if Path(folder).is_dir():
            check_folder(Path(folder))
        model, info = super().from_pretrained(
            folder, *inputs, output_loading_info=True, **{"use_safetensors": True, **options}
        )
        if info["missing_keys"]:
            raise BadFile(folder, sorted(info["missing_keys"])[0], "weights are missing", "save the model again")
        own_memory(model)
        if model.text is not None:
            model.tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        return (model, info) if wants_info else model

    def _summarise(self) -> dict[str, Any]:
        """Describes the architecture for the card, name -> value."""
        config = self.config
        return {
            "image tower": config.image_config["model_type"],
            "text tower": "none" if config.text_config is None else config.text_config["model_type"],
            "weights": f"{sum(value.numel() for value in self.parameters()):,}",
            "pictures": f"{config.channels} channels of {config.image_size} px",
            "fusion of views": config.fusion,
            "joint space": f"{config.embedding_size} dimensions",
        }

    def _init_weights(self, module: nn.Module) -> None:
        """Does nothing: our modules keep torch's initialisation, and towers initialise themselves."""


def build_face_text(
    settings: Model,
    *,
    channels: int,
    image_size: int,
    captions: Sequence[str] | None,
    alignment: Alignment,
    rendering: Rendering | None = None,
) -> FaceText:
    """Builds an untrained FaceText; without `captions` it has no text tower.

    `rendering` says how the images are drawn; the model's config keeps it. Initial weights of presets and projections
    come from torch's global generator: seed it with torch.manual_seed.
    Raises UserError where a tower cannot be found or used.
    """
    image_tower, text_tower, tokenizer = open_image_tower(settings.image_tower, channels, image_size), None, None
    if captions is not None:
        text_tower, tokenizer = open_text_tower(settings.text_tower, captions)
    config = FaceTextConfig(
        image_config=describe_tower(image_tower),
        text_config=None if text_tower is None else describe_tower(text_tower),
        channels=channels,
        image_size=image_size,
        embedding_size=settings.embedding_size,
        fusion=settings.fusion,
        initial_temperature=alignment.temperature,
        initial_bias=_start_bias(alignment),
        background=_background(settings, channels, rendering),
        rendering=None if rendering is None else to_dict(rendering),
        architecture=ARCHITECTURE,
    )
    model = FaceText(config, image_tower, text_tower)
    model.tokenizer = tokenizer
    if settings.freeze_image:
        freeze(model.image.tower)
    if settings.freeze_text and model.text is not None:
        freeze(model.text.tower)
    return model


def _start_bias(alignment: Alignment) -> float | None:
    """Returns the bias with which decisions start; None for kinds of alignment that decide nothing.

    Nearly all pairs of a batch differ, but a phrase is true of every third face: its decisions start even.
    """
    return {"sigmoid": alignment.bias, "phrases": 0.0}.get(alignment.kind)


def _background(settings: Model, channels: int, rendering: Rendering | None) -> tuple[int, ...] | None:
    """Returns the background pixel of each channel; None where all patches are kept.

    "auto" keeps all patches of pretrained towers, of the preset tiny, and of channels whose background is unknown.
    """
    if settings.background == "kept" or (settings.background == "auto" and settings.image_tower not in TRANSFORMERS):
        return None
    known = () if rendering is None else name_backgrounds(rendering.channels, rendering.key_frames)
    if len(known) == channels:
        return known
    if settings.background == "auto":
        return None
    raise UserError(
        f"setting 'model.background' is dropped, and nothing says what the background of {channels} planes is: "
        f"rendering.channels make {len(known)}; name the channels that were drawn, or set it to kept"
    )


def _projection(inputs: int, outputs: int) -> nn.Sequential:
    """Makes a head with one hidden layer and layer normalisation: batch statistics would differ between workers."""
    return nn.Sequential(nn.Linear(inputs, inputs), nn.LayerNorm(inputs), nn.GELU(), nn.Linear(inputs, outputs))


AutoConfig.register(FaceTextConfig.model_type, FaceTextConfig)
AutoModel.register(FaceTextConfig, FaceText)
