"""Every knob of rendering, model, losses and training once: default, unit and meaning beside it."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from smile.digests import digest
from smile.errors import UserError, unknown
from smile.limits import Amount, Count, Degrees, Fraction, Natural, Positive, Within, check, read_value

#: The words of settings that other modules take as well.
Engine = Literal["numba", "pyrender", "auto"]
Fusion = Literal["gate", "attention", "mean"]
Contrast = Literal["infonce", "sigmoid"]
Arm = Literal["none", "geometry", "pseudo", "label"]
Precision = Literal["auto", "bfloat16", "float32"]


@dataclass(frozen=True)
class Rendering:
    """What the pictures show."""

    view_count: Annotated[int, Within(1, 15)] = 3  # yaws times pitches; 1 front, 3 with left and right, 5, 7 ...
    yaws: tuple[Degrees, ...] = ()  # to the subject's left, one a view; none: the first of cameras.YAWS
    pitches: tuple[Annotated[float, Within(-89, 89)], ...] = (0.0,)  # degrees above; every yaw is seen from each
    projection: Literal["orthographic", "perspective"] = "orthographic"
    distance: Annotated[float, Within(250, 1e6)] = 600.0  # mm from a camera in perspective to the middle of the head
    crop_radius: Annotated[float, Within(1, 200)] = 120.0  # mm from the tip of the nose to which a scan is drawn
    back_faces: Literal["turned", "culled"] = "turned"  # drawn from behind, as not all are wound alike
    margin: Annotated[float, Within(-80, 1000)] = 0.0  # mm around the 180 mm that are shown; negative: closer
    engine: Engine = "numba"  # auto: OpenGL where there is a graphics card
    image_size: Annotated[int, Within(8, 4096)] = 64  # pixels, width and height
    channels: tuple[str, ...] = ("movement_normals", "movement_depth")  # of channels.CHANNELS, stacked in order
    static_channels: tuple[str, ...] = ("normals", "depth")  # instead of them where every clip is a single scan
    frames: Count = 24  # most frames read of a clip, evenly spaced over it, annotated onset and apex among them
    key_frames: Count = 3  # that the channels key_... show, from onset to apex; 1 is the apex alone


@dataclass(frozen=True)
class Model:
    """The towers and what joins them."""

    image_tower: str = (
        "tiny"  # tiny | small | base (from scratch), or a transformers vision model by folder or hub name
    )
    text_tower: str = "tiny"  # tiny | small | base (from scratch), or a transformers text model by folder or hub name
    # Patches that hold nothing but background: left out of attention and not computed, or seen as all others; auto
    # leaves them out of small and base and keeps them for pretrained towers, which have learnt to see them.
    background: Literal["auto", "dropped", "kept"] = "auto"
    freeze_image: bool = False  # keep the image tower as it is: only adapter, projection and fusion learn
    freeze_text: bool = False  # keep the text tower as it is: only its projection learns
    embedding_size: Count = 64  # width of the joint space of pictures and sentences
    # How views are weighed: a softmax over a score of each view, a learnt query of 4 heads, or alike.
    fusion: Fusion = "gate"


@dataclass(frozen=True)
class Decorrelation:
    """Multi-view decorrelation, Barlow Twins (Zbontar et al. 2021, eq. 1) over every pair of views."""

    weight: Amount = 0.05  # the term is a sum over dimensions: at 1 it drowns the contrast (docs/log.md)
    off_diagonal_weight: Amount = 5e-3  # of the off-diagonal against the diagonal (Zbontar et al. 2021)


@dataclass(frozen=True)
class Alignment:
    """Vision-language contrast on the fused face and on each view; equal captions are never negatives."""

    weight: Amount = 1.0
    kind: Contrast = "infonce"  # as CLIP, with several positives; or as SigLIP
    temperature: Positive = 0.07  # at the start; learnt (CLIP, Radford et al. 2021)
    bias: Annotated[
        float, Within(-100, 100)
    ] = -10.0  # of the sigmoid's logits, at the start; learnt (SigLIP, section 3.2)
    per_view: bool = True  # also align each single view, not the fused face alone


@dataclass(frozen=True)
class Redundancy:
    """Cross-modal redundancy minimisation between the fused face and its sentence."""

    weight: Amount = 0.005  # a sum over pairs of dimensions: at 1 it drowns the contrast (docs/log.md)
    diagonal: bool = True  # also pull the diagonal of the cross-correlation to one; without it, zero is the optimum


@dataclass(frozen=True)
class Losses:
    """The three terms; a weight of zero switches a term off."""

    decorrelation: Decorrelation = field(default_factory=Decorrelation)
    alignment: Alignment = field(default_factory=Alignment)
    redundancy: Redundancy = field(default_factory=Redundancy)


@dataclass(frozen=True)
class Captions:
    """Where the sentences come from."""

    # What moved, the prompt of the guessed class, or that of the class itself: weakly supervised.
    arm: Arm = "geometry"
    pseudo: str = (
        "motion"  # what is clustered for a guess: motion | pictures; or a pretrained CLIP by folder or hub name
    )
    clusters: Count = 12  # groups of k-means, each of which takes the class that its mean motion fits best


@dataclass(frozen=True)
class Training:
    """How the weights move."""

    epochs: Count = 60
    steps: Natural = 0  # length of the run in steps of the optimiser, in the place of epochs; 0: epochs count
    batch_size: Annotated[int, Within(2)] = 32  # clips, over all workers; one alone has nothing to differ from
    micro_batch: Natural = 0  # clips of a worker that pass the towers at a time, where memory is short; 0: all
    learning_rate: Positive = 1e-3  # peak, AdamW
    weight_decay: Amount = 0.05
    layer_decay: Fraction = 1.0  # learning rate of a tower's layer, as a fraction of that of the one above it (BEiT)
    warmup: Fraction = 0.1  # fraction of the steps with a rising learning rate; cosine to zero after it
    gradient_clip: Positive = 1.0  # largest norm of the gradient
    augmentation: Amount = 1.0  # strength; 0 none, 1 the default ranges of augment.py
    precision: Precision = "auto"  # of the towers; auto: bfloat16 on a GPU alone
    compile: bool = False  # by torch.compile: half a minute at the start, for runs of hours
    checkpoint_every: Natural = 50  # steps between checkpoints, for a run that keeps them; 0 writes none
    keep: Natural = 2  # newest checkpoints that are kept, besides the one of the lowest loss
    report_every: Natural = 10  # steps between points of the curve; 0: epochs and checkpoints only
    share_every: Natural = 10  # steps between reports of each term's share of the gradient; 0 never
    vitals_every: Natural = 10  # steps between looks for collapse; 0 never
    patience: Count = 10  # steps in a row with a loss that is not finite before the run stops
    seed: Natural = 0


@dataclass(frozen=True)
class Config:
    """One whole pretraining run."""

    rendering: Rendering = field(default_factory=Rendering)
    model: Model = field(default_factory=Model)
    losses: Losses = field(default_factory=Losses)
    captions: Captions = field(default_factory=Captions)
    training: Training = field(default_factory=Training)


Section = TypeVar("Section")


def override(config: Section, changes: Mapping[str, Any]) -> Section:
    """A copy of `config` with dotted keys replaced, e.g. {"losses.alignment.weight": 0.5}.

    Text values (from a command line) are read as the field's type. Raises UserError on a
    misspelt key or choice, naming the closest, and on a value that does not fit the field or its limits.
    """
    for key, value in changes.items():
        config = _set(config, key.split("."), value, key)
    return config


def check_settings(group: Any, prefix: str = "") -> None:
    """Raises UserError on the first setting of a config, or of its group with that `prefix`, outside of its limits."""
    for name, kind in _kinds(group).items():
        value, key = getattr(group, name), prefix + name
        if dataclasses.is_dataclass(value):
            check_settings(value, key + ".")
        else:
            check(value, kind, key)


def parse_changes(options: Sequence[str]) -> dict[str, str]:
    """The changes that `--set KEY=VALUE` options ask for; UserError on another form."""
    changes: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise UserError(f"--set {option}: say what to set it to, as in --set training.epochs=90")
        changes[key] = value
    return changes


def flatten(config: Any, prefix: str = "") -> dict[str, Any]:
    """Dotted key -> value for every leaf of a config, in the order of declaration."""
    leaves: dict[str, Any] = {}
    for entry in dataclasses.fields(config):
        value, key = getattr(config, entry.name), prefix + entry.name
        leaves |= flatten(value, key + ".") if dataclasses.is_dataclass(value) else {key: value}
    return leaves


def to_dict(config: Any) -> dict[str, Any]:
    """The config as nested plain data, for JSON."""
    return typing.cast(dict[str, Any], json.loads(json.dumps(dataclasses.asdict(config))))


def from_dict(values: Mapping[str, Any]) -> Config:
    """The Config that `to_dict` wrote."""
    return override(Config(), _dotted(values))


def config_hash(config: Any) -> str:
    """First 16 hexadecimal digits of the SHA-256 of a config: equal settings, equal hash."""
    return digest(to_dict(config))


def _set(config: Any, path: list[str], value: Any, key: str) -> Any:
    kinds = _kinds(config)
    if path[0] not in kinds:
        raise unknown("setting", key, flatten(config, key[: len(key) - len(".".join(path))]))
    current = getattr(config, path[0])
    if len(path) > 1:
        if not dataclasses.is_dataclass(current):
            raise UserError(f"setting {key!r}: {path[0]!r} has no parts; did you mean {key.rpartition('.')[0]!r}?")
        return dataclasses.replace(config, **{path[0]: _set(current, path[1:], value, key)})
    if dataclasses.is_dataclass(current):
        raise UserError(f"setting {key!r} is a group; name one of: {', '.join(flatten(current, key + '.'))}")
    return dataclasses.replace(config, **{path[0]: read_value(value, kinds[path[0]], key, current)})


def _kinds(group: Any) -> dict[str, Any]:
    """The annotation of every field, with its limits."""
    return typing.get_type_hints(type(group), include_extras=True)


def _dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for name, value in values.items():
        leaves |= _dotted(value, prefix + name + ".") if isinstance(value, Mapping) else {prefix + name: value}
    return leaves
