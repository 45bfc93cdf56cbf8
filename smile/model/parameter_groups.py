"""Groups of weights for the optimiser: which decay, and how fast each layer of a tower learns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from torch import nn

from smile.config import Training
from smile.model.face_text import FaceText

#: A numbered layer, or stage of layers, in the name of a weight, from the input on; its first number counts.
_LAYER = re.compile(r"(?:^|\.)(?:layers?|stages|blocks|h)\.(\d+)\.")
#: What stands before the first layer.
_STEM = re.compile(r"(?:^|\.)(?:\w*embeddings?|embedder|\w*stem|pre_\w*norm)\.")


def parameter_groups(model: nn.Module, settings: Training) -> list[dict[str, Any]]:
    """Groups for AdamW, each with a `multiplier` of the learning rate; weights that are frozen are in none.

    Biases, norms and the temperature do not decay. A tower's last layer learns at settings.layer_decay of the rate of
    what is ours (projections, fusion, adapter), and each layer below it at that much again of the one above
    (Bao et al. 2022, BEiT, appendix). The fastest come first, and of these what decays.
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
    """Each weight of each tower with its factor."""
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
        # Stem 0, layers 1 to `layers`, what comes behind them at the full rate.
        depth = int(layer[1]) + 1 if layer else 0 if _STEM.search(name) else layers + 1
        yield parameter, decay ** (layers + 1 - depth)
