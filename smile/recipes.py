"""Named pretraining runs: each docstring holds its command, and the score once it has been reached."""

from __future__ import annotations

from collections.abc import Callable

from smile.config import Config, Model, Rendering
from smile.errors import unknown


def tiny() -> Config:
    """Small towers from scratch, for two CPU cores: the default of the benchmark and of the sweeps.

    python -m smile.run train --recipe tiny --out runs/tiny
    """
    return Config()


def clip_base() -> Config:
    """CLIP ViT-B/16 towers, tuned from their published weights; needs a GPU and the weights.

    python -m smile.run train --recipe clip_base --data bu4dfe=DIR --out runs/clip_base
    Not yet run on real data; no score is known.
    """
    return Config(
        rendering=Rendering(image_size=224),
        model=Model(
            image_tower="openai/clip-vit-base-patch16", text_tower="openai/clip-vit-base-patch16", embedding_size=512
        ),
    )


RECIPES: dict[str, Callable[[], Config]] = {"tiny": tiny, "clip_base": clip_base}


def recipe(name: str) -> Config:
    """The config of a named recipe; UserError on an unknown name."""
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name]()
