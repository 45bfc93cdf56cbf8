"""Loads pretrained towers by folder or hub name, and rebuilds any tower from its configuration alone."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import transformers
from torch import nn
from transformers import AutoConfig, PretrainedConfig, PreTrainedModel

from smile.config import Model
from smile.errors import UserError, unknown
from smile.model.hub import reading
from smile.model.presets import IMAGE_PRESETS, TEXT_PRESETS

#: Model type -> class, for the text halves of two-tower checkpoints, which AutoModel cannot build.
HALVES = {"siglip_text_model": "SiglipTextModel", "siglip2_text_model": "Siglip2TextModel"}

#: Half of a model -> names of our own towers for this half.
PRESETS = {"vision": IMAGE_PRESETS, "text": TEXT_PRESETS}


def require_towers(settings: Model) -> None:
    """Raises UserError on a tower whose configuration cannot be read or used; call this before hours of rendering."""
    for name, half in ((settings.image_tower, "vision"), (settings.text_tower, "text")):
        if name not in PRESETS[half]:
            _choose_class(name, _find_part(name, half), half)


def load_tower(name: str, half: str) -> PreTrainedModel:
    """Loads the pretrained model `name` (folder or hub name); takes the `half` "vision" or "text" of a two-tower model.

    Raises UserError where the model cannot be found, read or used as such a tower, and on a misspelt preset.
    """
    part = _find_part(name, half)
    chosen = _choose_class(name, part, half)
    model: PreTrainedModel
    with reading(f"{name}: its weights cannot be loaded"):
        model, info = chosen.from_pretrained(name, config=part, use_safetensors=True, output_loading_info=True)
    # Many good models come without a pooler, which is then made anew; transformers says so.
    if lost := sorted(key for key in info["missing_keys"] if not key.startswith("pooler.")):
        raise UserError(f"{name}: its weights cannot be loaded: {lost[0]} is missing; take the folder anew")
    own_memory(model)
    return model


def rebuild_tower(settings: dict[str, Any]) -> PreTrainedModel:
    """Builds an untrained tower from the `settings` that `describe_tower` returned for another tower."""
    config = AutoConfig.for_model(**settings)
    return _class_of(config)._from_config(config)


def freeze(tower: nn.Module) -> None:
    """Freezes all weights of a tower: training does not change them."""
    tower.requires_grad_(False)


def is_frozen(tower: nn.Module) -> bool:
    """Returns whether all weights of a tower are frozen."""
    return not any(parameter.requires_grad for parameter in tower.parameters())


def own_memory(model: PreTrainedModel) -> None:
    """Copies weights from the memory-mapped file to own memory: at its unaligned addresses, CPUs round differently."""
    for value in (*model.parameters(), *model.buffers()):
        value.data = value.data.clone()


def describe_tower(tower: PreTrainedModel) -> dict[str, Any]:
    """Returns the settings that `rebuild_tower` needs, without the folder from which the tower was loaded."""
    return {key: value for key, value in tower.config.to_dict().items() if key != "_name_or_path"}


def _find_part(name: str, half: str) -> PretrainedConfig:
    """Returns the configuration of this half, or of the whole model where it has no halves."""
    # A misspelt preset fails at once: to ask a hub that does not answer takes a minute.
    if difflib.get_close_matches(name, PRESETS[half], cutoff=0.7) and not Path(name).exists():
        raise unknown(f"{half} tower", name, PRESETS[half])
    config = _read_config(name)
    return getattr(config, f"{half}_config", None) or config


def _read_config(name: str) -> PretrainedConfig:
    remedy = "name a preset (tiny, small, base), a folder with config.json and model.safetensors, "
    with reading(f"tower {name!r} cannot be read", remedy + "or (with a network) a hub model"):
        # False: a folder may name code of its own, and transformers would run it after a "yes" on stdin.
        return AutoConfig.from_pretrained(name, trust_remote_code=False)


def _choose_class(name: str, config: PretrainedConfig, half: str) -> Any:
    """Returns the class of the model `name`; raises UserError where its input is not that of a tower of this half."""
    chosen = _class_of(config)
    if chosen.main_input_name != {"vision": "pixel_values", "text": "input_ids"}[half]:
        raise UserError(f"{name}: a {config.model_type} model reads {chosen.main_input_name}; it is no {half} tower")
    if not (getattr(config, "hidden_size", None) or getattr(config, "hidden_sizes", None)):
        raise UserError(f"{name}: a {config.model_type} model gives no features of one width; it is no {half} tower")
    return chosen


def _class_of(config: PretrainedConfig) -> Any:
    if config.model_type in HALVES:
        return getattr(transformers, HALVES[config.model_type])
    try:
        return transformers.MODEL_MAPPING[type(config)]
    except KeyError:
        raise UserError(f"a model of type {config.model_type!r} cannot serve as a tower") from None
