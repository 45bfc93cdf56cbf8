"""Groups the weights for the optimiser: which weights decay, and how fast each layer of a tower learns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from torch import nn

from smile.config import Training
from smile.model.face_text import FaceText

#: Finds the number of the layer, or stage of layers, in the name of a weight; the first number in the name counts.
_LAYER = re.compile(r"(?:^|\.)(?:layers?|stages|blocks|h)\.(\d+)\.")
#: Finds weights that lie before the first layer.
_STEM = re.compile(r"(?:^|\.)(?:\w*embeddings?|embedder|\w*stem|pre_\w*norm)\.")


def parameter_groups(model: nn.Module, settings: Training) -> list[dict[str, Any]]:
    """Returns groups for AdamW, each with a `multiplier` of the learning rate; frozen weights are in no group.

    Biases, norms and the temperature do not decay. The learning rate of a tower's last layer is settings.layer_decay
    times that of our own weights (projections, fusion, adapter); that of every other layer is settings.layer_decay
    times that of the layer above (Bao et al. 2022, BEiT, appendix). Example: with 0.5 and two layers, multipliers are
    0.5, 0.25 and 0.125 for the embeddings. Order: highest multiplier first, then groups that decay.
    """
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    factors = dict(_factors(model, settings.layer_decay))
    for parameter in model.parameters():
        if parameter.requires_grad:
            decay = settings.weight_decay if parameter.ndim > 1 else 0.0
            multiplier = factors.get(parameter, 1.0)
            empty = {"params": [], "weight_decay": decay, "multiplier": multiplier}
            groups.setdefault((multiplier, decay), empty)["params"].append(parameter)
    return [groups[key] for key in sorted(groups, reverse=True)]


def _factors(model: nn.Module, decay: float) -> Iterator[tuple[nn.Parameter, float]]:
    """Yields each weight of each tower with its multiplier."""
    for face in model.modules():
        if isinstance(face, FaceText):
            for part in (face.image, face.text):
                if part is not None:
                    yield from _tower_factors(part.tower, decay)


def _tower_factors(tower: nn.Module, decay: float) -> Iterator[tuple[nn.Parameter, float]]:
    found = {name: _LAYER.search(name) for name, _ in tower.named_parameters()}
    layers = max((int(layer[1]) + 1 for layer in found.values() if layer), default=0)
    for name, parameter in tower.named_parameters():
        layer = found[name]
        # Depth 0 is the stem, 1 to `layers` are the layers; weights behind the layers learn at the full rate.
        depth = int(layer[1]) + 1 if layer else 0 if _STEM.search(name) else layers + 1
        yield parameter, decay ** (layers + 1 - depth)
