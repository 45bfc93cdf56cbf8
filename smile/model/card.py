"""Writes the model card: README.md beside the weights, which says on what and how a model was trained.

The Hugging Face hub reads the front matter of the card.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from smile.provenance import commit, versions

FILE_NAME = "README.md"

#: Arm of captions.ARMS -> description of its sentences.
ARM_TITLES = {
    "none": "no text: the views alone",
    "geometry": "sentences about what moved, from landmarks; no labels",
    "pseudo": "sentences from clusters of the pretraining faces or from a pretrained model's guesses; no labels",
    "label": "the class's prompt: weakly supervised by labels",
}

USE = (
    "Research on facial expressions of consenting adults who were recorded in 3D: features for classifiers, and "
    "comparison of a face with sentences. An expression is not a feeling: the model says what a face shows, and must "
    "not be used to judge what a person feels, means or is, nor to decide about anyone. It has seen few people; test "
    "it on yours, group by group, before you rely on it."
)


@dataclass(frozen=True)
class Origin:
    """Says on what and how a model was trained; the model's config holds it, so that it stays with the weights."""

    data_set: str  # name to print, e.g. "BU-4DFE"
    stand_in: str  # the maker of the faces where they are not licensed recordings; "" for real data
    licence: str  # of the data
    clips: int
    subjects: int
    arm: str  # key of captions.ARMS
    settings: Mapping[str, Any]  # config.to_dict
    commit: str = field(default_factory=commit)
    versions: Mapping[str, str] = field(default_factory=versions)

    def to_dict(self) -> dict[str, Any]:
        """Returns nested dictionaries that JSON can hold."""
        return asdict(self)


#: How to load the model, and what to feed it; the braces are the channels and pixels of its images.
EXAMPLE = """\
import numpy as np
from transformers import AutoModel

import smile.model
from smile.model.encoding import encode_faces

model = AutoModel.from_pretrained("FOLDER")
# uint8 [clips, views, {channels}, {pixels}, {pixels}], drawn as model.config.rendering says
images = np.load("images.npy")
codes = encode_faces(model, images)  # codes.face_embedding and codes.side_by_side have one row for each clip
"""
FEATURES = (
    "`python -m bench.run features --model FOLDER --data bu4dfe=DIR --out features.npz` draws the faces of a data set "
    "so and writes their features; `python -m smile.run predict FACE --model FOLDER` says what a face shows."
)


def write_card(origin: Mapping[str, Any] | None, summary: Mapping[str, Any], channels: int, pixels: int) -> str:
    """Returns the text of the card; `summary` describes the architecture, name -> value.

    Images of the model have this number of channels, and of pixels in width and height.
    """
    parts = ["---\nlibrary_name: transformers\ntags: [face, 3d, expression]\n---", "# SMILE-VLM face and text model"]
    parts.append("Views of a 3D or 4D face and a sentence in one space: our reconstruction of SMILE-VLM (Behzad 2025).")
    parts += ["## Trained on", *(_describe(origin) if origin else ["Not stated: the model carries no origin."])]
    parts += ["## Architecture", _listed(summary), "## Intended use", USE]
    parts += ["## Use", f"```python\n{EXAMPLE.format(channels=channels, pixels=pixels)}```", FEATURES]
    if origin:
        # config.json is sorted too, so a model that is loaded and saved again gets the same card.
        settings = json.dumps(origin["settings"], indent=1, sort_keys=True)
        made = {"commit": origin["commit"], **dict(sorted(origin["versions"].items()))}
        parts += ["## Settings", f"```json\n{settings}\n```", "## Made with", _listed(made)]
    return "\n\n".join(parts) + "\n"


def _describe(origin: Mapping[str, Any]) -> list[str]:
    facts = {
        "data": origin["data_set"],
        "clips": origin["clips"],
        "subjects": origin["subjects"],
        "captions": f"{origin['arm']} ({ARM_TITLES.get(origin['arm'], 'unknown')})",
        "licence of the data": origin["licence"] or "not stated",
    }
    if not origin["stand_in"]:
        return [_listed(facts)]
    warning = f"**Stand-in ({origin['stand_in']}): these faces were generated, they are not recordings.**"
    return [warning, _listed(facts)]


def _listed(facts: Mapping[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())
