"""TABLE STUDIES: named searches; each says which settings it varies, and over which ranges."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from smile.config import Config, flatten, override
from smile.errors import UserError, unknown
from sweeps.draw.ranges import Among, LogUniform, Range, Uniform

Sample = dict[str, Any]


@dataclass(frozen=True)
class Study:
    """Describes a search: it varies the settings in `ranges`; `settings` change the default config of all trials."""

    purpose: str
    ranges: Mapping[str, Range]
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        base = override(Config(), self.settings)
        for key, values in self.ranges.items():
            for edge in values.edges:
                override(base, {key: edge})

    def config(self, changes: Mapping[str, Any]) -> Config:
        """Returns the config from which trials start: defaults, then the study's settings, then the user's `changes`.

        Raises UserError on a misspelt key, and where a searched setting lies outside its range.
        """
        config = override(override(Config(), self.settings), changes)
        for key, value in self.default(config).items():
            if not self.ranges[key].holds(value):
                raise UserError(
                    f"setting {key!r}: {value!r} is outside of what this study searches: {self.ranges[key]}"
                )
        return config

    def default(self, config: Config) -> Sample:
        """Returns the values of the searched settings in `config`, which are those of trial 0."""
        return {key: flatten(config)[key] for key in self.ranges}

    def every(self) -> list[Sample] | None:
        """Returns all combinations of values, in order; None where a range is continuous."""
        choices = []
        for values in self.ranges.values():
            if not isinstance(values, Among):
                return None
            choices.append(values.values)
        return [dict(zip(self.ranges, combination, strict=True)) for combination in itertools.product(*choices)]


#: Trials are short, so that eight trials end within minutes on two cores.
SHORT = {"training.epochs": 30}

WEIGHTS: dict[str, Range] = {
    "losses.decorrelation.weight": LogUniform(0.0005, 10.0),
    "losses.alignment.weight": LogUniform(0.1, 10.0),
    "losses.redundancy.weight": LogUniform(0.00005, 10.0),
    "losses.decorrelation.off_diagonal_weight": LogUniform(5e-4, 5e-2),
    "losses.alignment.temperature": LogUniform(0.02, 0.5),
}
VIEW_COUNTS: dict[str, Range] = {"rendering.view_count": Among((1, 3, 5, 7))}

STUDIES: dict[str, Study] = {
    "loss_weights": Study(
        purpose="How much each of the three losses should weigh, and the two constants inside them.",
        ranges=WEIGHTS,
        settings=SHORT,
    ),
    "view_counts": Study(
        purpose="How many views of a face are worth their cost.",
        ranges=VIEW_COUNTS,
        settings=SHORT,
    ),
    "both": Study(
        purpose="How much each of the three losses should weigh, for each number of views.",
        ranges={**WEIGHTS, **VIEW_COUNTS},
        settings=SHORT,
    ),
    "augment": Study(
        purpose="How far images are moved and changed in training, and how fast the model learns.",
        ranges={"training.augmentation": Uniform(0.0, 2.0), "training.learning_rate": LogUniform(1e-4, 1e-2)},
        settings=SHORT,
    ),
    "tower": Study(
        purpose="Which tower sees the images, how wide the joint space is, and how views are joined.",
        ranges={
            "model.image_tower": Among(("tiny", "small")),
            "model.embedding_size": Among((32, 64, 128)),
            "model.fusion": Among(("gate", "attention", "mean")),
        },
        settings=SHORT,
    ),
}


def find_study(name: str, ranges: Mapping[str, Range] = MappingProxyType({})) -> Study:
    """Returns the study `name`; `ranges` replace those of the study, and further ones are searched too.

    Raises UserError, with the closest name, where there is none.
    """
    if name not in STUDIES:
        raise unknown("study", name, STUDIES)
    return replace(STUDIES[name], ranges={**STUDIES[name].ranges, **ranges})
