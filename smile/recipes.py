"""TABLE RECIPES: named pretraining runs; each docstring holds the command, and the score once it is known."""

from __future__ import annotations

from collections.abc import Callable

from smile.config import Config, Model, Rendering
from smile.errors import unknown


def tiny() -> Config:
    """Trains small towers from scratch on two CPU cores: the default of the benchmark and of the sweeps.

    python -m smile.run train --recipe tiny --out runs/tiny
    """
    return Config()


def clip_base() -> Config:
    """Fine-tunes the towers of CLIP ViT-B/16 from their published weights; needs a GPU and the weights.

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
    """Returns the config of the recipe `name`; raises UserError on an unknown name."""
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name]()
