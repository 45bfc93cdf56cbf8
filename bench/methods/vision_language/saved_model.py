"""Measures a saved model: what `smile.run train` wrote, or any vision model that transformers loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PretrainedConfig

from bench.methods.method import Encoder, Knows, Labels, Method, PartsDone, Unsuitable
from bench.methods.tower import NetEncoder, TowerEncoder
from bench.methods.vision_language.photograph import PhotographNet
from bench.methods.vision_language.two_towers import SavedPair, joins_text
from smile.captions.arms import LABEL
from smile.config import Config
from smile.digests import digest, digest_file
from smile.model.checksums import check_folder
from smile.model.face_text import FaceText, FaceTextConfig
from smile.model.towers import read_tower_config, require_tower
from smile.rendering.motion.channels import name_planes
from smile.rendering.views import Views

#: Files of a model folder that hold the words which its text half reads.
WORDS = ("tokenizer*.json", "vocab.*", "merges.txt", "*.model")
#: Files of a model folder that decide what it computes.
DECISIVE = ("config.json", "preprocessor_config.json", "*.safetensors", *WORDS)
#: Arm of the captions that a model was trained with -> what its pretraining knew.
KNOWN: Mapping[str, Knows] = {"geometry": "+ text", "pseudo": "+ FACS", LABEL: "labels"}


def open_saved(place: str) -> Method:
    """Returns the method that encodes with the model at `place`, a folder or a hub name; loads no weights yet.

    Runs no code that a folder brings along. Raises UserError where `place` holds no such model.
    """
    config = read_tower_config(place)
    if isinstance(config, FaceTextConfig):
        if Path(place).is_dir():
            check_folder(Path(place))
        return _describe_ours(place, config)
    require_tower(place, "vision")
    fit = SavedPair(place) if joins_text(config) and _reads_words(place) else SavedTower(place)
    return Method(_title(place), "pretrained", fit, source=_sign(place, config))


def _describe_ours(place: str, config: FaceTextConfig) -> Method:
    """Returns the method of a FaceText; a model that labels taught is listed among the supervised."""
    origin = config.origin or {}
    arm = str(origin.get("arm", "none"))
    return Method(
        _title(place),
        "supervised" if arm == LABEL else "pretrained",
        SavedFaces(place),
        uses_labels=arm == LABEL,
        knows=KNOWN.get(arm, "nothing"),
        source=_sign(place, config),
    )


@dataclass(frozen=True)
class SavedFaces:
    """Loads a FaceText; the object itself is a fit function, and learns nothing from the views that it gets."""

    place: str

    def __call__(self, views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
        """Returns the encoder. Raises Unsuitable on faces that it was trained on, and on pictures of another kind."""
        model: FaceText = FaceText.from_pretrained(self.place)
        refuse_seen(model.config.origin, views)
        _require_pictures(model.config, views)
        model.to("cuda" if torch.cuda.is_available() else "cpu")
        return TowerEncoder(model, views.images.shape[1])


@dataclass(frozen=True)
class SavedTower:
    """Loads a vision model that was trained on photographs."""

    place: str

    def __call__(self, views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
        """Returns the encoder, which shows the model three planes of each view as the colours of a photograph."""
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return NetEncoder(PhotographNet(self.place, views.planes).to(device))


def refuse_seen(origin: Mapping[str, Any] | None, views: Views) -> None:
    """Raises Unsuitable where pretraining may have seen the tested people: in the same data set, by the same maker.

    The card of a model names its data and not its people, so that nothing less is sure to be apart.
    """
    if origin is None:
        return
    same_maker = bool(views.stand_in) and origin["stand_in"] == views.stand_in
    if same_maker or origin["data_set"] == views.title:
        raise Unsuitable(
            f"was pretrained on {origin['data_set']}, perhaps on the people who are tested; measure it on another "
            "data set, or let the benchmark train it"
        )


def _require_pictures(config: FaceTextConfig, views: Views) -> None:
    rendering = config.rendering or {}
    planes = name_planes(rendering["channels"], rendering["key_frames"]) if rendering else ()
    if config.channels != views.images.shape[2] or (planes and views.planes and tuple(planes) != views.planes):
        shown = ", ".join(dict.fromkeys(views.planes)) or "unnamed"
        wanted = ", ".join(dict.fromkeys(planes)) or "unnamed"
        raise Unsuitable(
            f"reads {config.channels} planes ({wanted}) and these pictures have {views.images.shape[2]} ({shown})"
        )


def _reads_words(place: str) -> bool:
    """Returns whether a folder holds a tokenizer: without one, a model of two halves can only be probed."""
    return not Path(place).is_dir() or any(file for pattern in WORDS for file in Path(place).glob(pattern))


def _title(place: str) -> str:
    """Names a model by its folder alone: the path to it may hold the name of a user."""
    return f"Model {Path(place).resolve().name if Path(place).is_dir() else place}"


def _sign(place: str, config: PretrainedConfig) -> str:
    """Returns a digest of the files of a model folder; of a hub model, its name and revision."""
    files = sorted(file for pattern in DECISIVE for file in Path(place).glob(pattern))
    told = {file.name: digest_file(file) for file in files}
    return digest([told] if told else [place, getattr(config, "_commit_hash", None)])
