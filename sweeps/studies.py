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
    """Describes a search: it varies the settings in `ranges`; `settings` change the default config of all trials.

    Where not every combination has a meaning, `listed` names those that have; the default is among them.
    """

    purpose: str
    ranges: Mapping[str, Range]
    settings: Mapping[str, Any]
    listed: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        base = override(Config(), self.settings)
        for sample in self.listed:
            override(base, sample)
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
        found = flatten(config)
        return {key: _spell(found[key]) if isinstance(found[key], tuple) else found[key] for key in self.ranges}

    def every(self) -> list[Sample] | None:
        """Returns all combinations of values that have a meaning, in order; None where a range is continuous."""
        if self.listed:
            return [dict(sample) for sample in self.listed]
        choices = []
        for values in self.ranges.values():
            if not isinstance(values, Among):
                return None
            choices.append(values.values)
        return [dict(zip(self.ranges, combination, strict=True)) for combination in itertools.product(*choices)]


def _spell(values: tuple[Any, ...]) -> str:
    """Returns several values as the command line spells them, e.g. "0,40,-40": Optuna knows no lists."""
    return ",".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)


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

#: Degrees to the subject's left of each view, e.g. "0,20,-20": narrow and wide, even and to one side.
ANGLES = ("0", "0,20,-20", "0,40,-40", "0,60,-60", "0,40", "0,20,40", "0,20,-20,40,-40", "0,40,-40,60,-60",
          "0,20,-20,40,-40,60,-60")  # fmt: skip

_CAPTIONS = ("captions.arm", "losses.alignment.kind", "captions.pseudo", "captions.clusters")
#: What sentences say of a clip, from fine to coarse: how far it lies on each axis, on which side, the sentence that
#: names what stands out, and the prompt of a class that was guessed among few or many clusters; or nothing.
SAYINGS: tuple[Mapping[str, Any], ...] = tuple(
    dict(zip(_CAPTIONS, row, strict=True))
    for row in (
        *(("geometry", kind, "motion", 12) for kind in ("axes", "phrases", "infonce", "sigmoid")),
        *(
            ("pseudo", kind, guesser, clusters)
            for kind in ("infonce", "sigmoid")
            for guesser in ("motion", "pictures")
            for clusters in (6, 12, 24)
        ),
        ("none", "axes", "motion", 12),
    )
)

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
    "view_angles": Study(
        purpose="From where a face should be seen: narrow or wide, from both sides or from one.",
        ranges={
            "rendering.yaws": Among(ANGLES),
            "rendering.view_count": Among(tuple(sorted({len(yaws.split(",")) for yaws in ANGLES}))),
        },
        settings={**SHORT, "rendering.yaws": "0,40,-40"},
        listed=tuple({"rendering.yaws": yaws, "rendering.view_count": len(yaws.split(","))} for yaws in ANGLES),
    ),
    "text": Study(
        purpose="What sentences should say: the arm, how fine they are, and what guesses the class of a prompt.",
        ranges={
            "captions.arm": Among(("geometry", "pseudo", "none")),
            "losses.alignment.kind": Among(("axes", "phrases", "infonce", "sigmoid")),
            "captions.pseudo": Among(("motion", "pictures")),
            "captions.clusters": Among((6, 12, 24)),
        },
        settings=SHORT,
        listed=SAYINGS,
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

    With `ranges`, all combinations are tried, also those that the study would leave out.

    Raises UserError, with the closest name, where there is none.
    """
    if name not in STUDIES:
        raise unknown("study", name, STUDIES)
    study = STUDIES[name]
    return replace(study, ranges={**study.ranges, **ranges}, listed=() if ranges else study.listed)
