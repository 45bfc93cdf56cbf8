"""TABLE RECIPES: named pretraining runs; each docstring holds the command, and the score once it is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from smile.atomic import read_json
from smile.config import Config, Model, Rendering, override
from smile.errors import BadFile, UserError, unknown

#: Begins a recipe that uses what a confirmed study chose: from-study:STUDY, or from-study:DIR/STUDY.
FROM_STUDY = "from-study:"
#: Folder of the studies that are named without one.
STUDIES = Path("results/sweeps")


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
    """Returns the config of the recipe `name`; raises UserError on an unknown name.

    Example: "from-study:loss_weights" is tiny with the setting in results/sweeps/loss_weights.confirmed.json.
    """
    if name.startswith(FROM_STUDY):
        return _read_study(name.removeprefix(FROM_STUDY))
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name]()


def _read_study(name: str) -> Config:
    """Returns the recipe tiny with the setting that the confirmation of a study chose."""
    file = (Path(name).parent if "/" in name else STUDIES) / f"{Path(name).name}.confirmed.json"
    remedy = f"python -m sweeps.run confirm {Path(name).name} writes it"
    if not file.is_file():
        raise UserError(f"--recipe {FROM_STUDY}{name}: {file} does not exist; {remedy}")
    content = read_json(file, remedy)
    if not isinstance(content.get("setting"), dict):
        raise BadFile(file, "setting", "is no group of settings", remedy)
    return override(tiny(), content["setting"])
