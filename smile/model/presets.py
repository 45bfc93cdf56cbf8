"""Makes our own towers by name (tiny, small, base), which are trained from scratch and need no download."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import BertConfig, BertModel, CLIPVisionConfig, CLIPVisionModel, PreTrainedModel

from smile.model.tiny_image_tower import TinyImageConfig, TinyImageTower


@dataclass(frozen=True)
class Transformer:
    """Holds the sizes of a transformer."""

    width: int
    layers: int
    heads: int
    inner: int = 0  # width of the inner layer; 0: four times `width`

    @property
    def sizes(self) -> dict[str, int]:
        """Returns the sizes under the names that transformers uses."""
        return {
            "hidden_size": self.width,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.inner or 4 * self.width,
        }


TINY = "tiny"  # image tower of three convolutions, for a few hundred clips on a CPU

#: Image towers that are vision transformers (Dosovitskiy et al. 2021): ViT-S/16, and ViT-B/16 as in CLIP.
IMAGE = {"small": Transformer(384, 12, 6), "base": Transformer(768, 12, 12)}
PATCH = 16  # pixels, width and height

#: Text towers, transformer encoders; `base` is as wide and deep as that of CLIP (Radford et al. 2021, section 2.4).
TEXT = {"tiny": Transformer(128, 1, 4, 256), "small": Transformer(256, 4, 4), "base": Transformer(512, 12, 8)}

#: Largest number of tokens of a sentence for the presets; the longest caption of the arm geometry has about 70.
LENGTH = 128

IMAGE_PRESETS, TEXT_PRESETS = (TINY, *IMAGE), tuple(TEXT)


def make_image_tower(name: str, channels: int, image_size: int) -> PreTrainedModel:
    """Makes the untrained preset for images of `image_size` pixels and `channels`."""
    if name == TINY:
        return TinyImageTower(TinyImageConfig(num_channels=channels))
    sizes = IMAGE[name].sizes
    patch = min(PATCH, max(image_size // 8, 1))  # at least 8 x 8 patches: small images get smaller patches
    return CLIPVisionModel(
        CLIPVisionConfig(**sizes, num_channels=channels, image_size=image_size, patch_size=patch, projection_dim=64)
    )


def make_text_tower(name: str, vocabulary_size: int) -> PreTrainedModel:
    """Makes the untrained preset (BERT, Devlin et al. 2019) without dropout, so workers and resumed runs agree."""
    config = BertConfig(
        **TEXT[name].sizes,
        vocab_size=vocabulary_size,
        max_position_embeddings=LENGTH,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=0,
    )
    return BertModel(config, add_pooling_layer=False)
