"""Lists every setting of rendering, model, losses, captions and training: default, unit, meaning and limits."""

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

#: Words that settings may hold and that other modules use as types too.
Engine = Literal["numba", "pyrender", "auto"]
Fusion = Literal["gate", "attention", "mean"]
Contrast = Literal["axes", "phrases", "infonce", "sigmoid"]
Arm = Literal["none", "geometry", "pseudo", "label"]
Precision = Literal["auto", "bfloat16", "float32"]


@dataclass(frozen=True)
class Rendering:
    """Says what the images show."""

    view_count: Annotated[int, Within(1, 15)] = 3  # yaws times pitches; 1: front; 3: front, left, right; 5, 7 ...
    yaws: tuple[Degrees, ...] = ()  # degrees to the subject's left; empty: the first of cameras.YAWS
    pitches: tuple[Annotated[float, Within(-89, 89)], ...] = (0.0,)  # degrees above; each is combined with every yaw
    projection: Literal["orthographic", "perspective"] = "orthographic"  # orthographic: as seen from far away
    distance: Annotated[float, Within(250, 1e6)] = 600.0  # mm from a perspective camera to the middle of the head
    crop_radius: Annotated[float, Within(1, 200)] = 120.0  # mm around the tip of the nose; the rest is not drawn
    back_faces: Literal["turned", "culled"] = "turned"  # turned: also draw triangles from behind, as windings differ
    margin: Annotated[float, Within(-80, 1000)] = 0.0  # mm added around the 180 mm that are shown; negative: closer
    engine: Engine = "numba"  # auto: OpenGL where there is a graphics card
    image_size: Annotated[int, Within(8, 4096)] = 64  # pixels, width and height
    channels: tuple[str, ...] = ("movement_normals", "movement_depth")  # of channels.CHANNELS, stacked in this order
    static_channels: tuple[str, ...] = ("normals", "depth")  # used instead where every clip is a single scan
    frames: Count = 24  # most frames read per clip, evenly spaced; annotated onset and apex are always among them
    key_frames: Count = 3  # number of frames that the channels key_... show, from onset to apex; 1: the apex alone


@dataclass(frozen=True)
class Model:
    """Describes the image tower, the text tower and how they are joined."""

    image_tower: str = (
        "tiny"  # tiny | small | base (from scratch), or a transformers vision model by folder or hub name
    )
    text_tower: str = "tiny"  # tiny | small | base (from scratch), or a transformers text model by folder or hub name
    # What happens to patches that show background only. dropped: neither computed nor attended to; kept: treated like
    # other patches; auto: dropped in small and base, kept in pretrained towers, which have learnt to see them.
    background: Literal["auto", "dropped", "kept"] = "auto"
    freeze_image: bool = False  # True: the image tower does not learn; only adapter, projection and fusion learn
    freeze_text: bool = False  # True: the text tower does not learn; only its projection learns
    embedding_size: Count = 64  # width of the joint space of images and sentences
    # How views are weighted. gate: softmax of one score per view; attention: a learnt query of 4 heads; mean: equally.
    fusion: Fusion = "gate"


@dataclass(frozen=True)
class Decorrelation:
    """Sets the multi-view decorrelation: Barlow Twins (Zbontar et al. 2021, eq. 1) over every pair of views."""

    weight: Amount = 0.005  # small: two views of a face share the person too, and the term keeps it (docs/log.md)
    off_diagonal_weight: Amount = 5e-3  # weight of the off-diagonal relative to the diagonal (Zbontar et al. 2021)


@dataclass(frozen=True)
class Alignment:
    """Sets the vision-language alignment of the fused face and of each view; equal captions are never negatives."""

    weight: Amount = 1.0  # of the alignment, beside the other terms
    # What a face is compared with. axes: both phrases of each measure, so that it lies between them where its measure
    # says; phrases: each phrase, true or not. Both need the measures of the arm geometry; other arms take infonce.
    # infonce: the sentences of the batch, as in CLIP, with several positives; sigmoid: the same, as in SigLIP.
    kind: Contrast = "axes"
    temperature: Positive = 0.07  # start value, then learnt (CLIP, Radford et al. 2021)
    bias: Annotated[
        float, Within(-100, 100)
    ] = -10.0  # of the sigmoid's logits, at the start; learnt (SigLIP, section 3.2)
    per_view: bool = True  # also align each single view, not only the fused face


@dataclass(frozen=True)
class Redundancy:
    """Sets the cross-modal redundancy minimisation between the fused face and its sentence."""

    weight: Amount = 0.0005  # small: sentences cannot fill the dimensions that it wants filled (docs/log.md)
    diagonal: bool = True  # also pull the diagonal of the cross-correlation to one; otherwise all zeros is optimal


@dataclass(frozen=True)
class Losses:
    """Groups the three loss terms; a weight of zero switches a term off."""

    decorrelation: Decorrelation = field(default_factory=Decorrelation)
    alignment: Alignment = field(default_factory=Alignment)
    redundancy: Redundancy = field(default_factory=Redundancy)


@dataclass(frozen=True)
class Captions:
    """Says where the sentences come from."""

    # The source of sentences. geometry: what moved; pseudo: the prompt of the guessed class; label: the prompt of the
    # true class, which makes the run weakly supervised; none: no sentences.
    arm: Arm = "geometry"
    pseudo: str = (
        "motion"  # what guesses a class: clusters of motion | pictures; or a pretrained CLIP by folder or hub name
    )
    clusters: Count = 12  # clusters of k-means; each takes the class whose prototype fits its mean motion best


@dataclass(frozen=True)
class Training:
    """Says how the model is trained."""

    epochs: Count = 60  # passes over all pretraining clips
    steps: Natural = 0  # length of the run in steps of the optimiser; 0: `epochs` sets the length
    batch_size: Annotated[int, Within(2)] = 32  # clips over all workers; at least two, so that clips can be compared
    micro_batch: Natural = 0  # clips of a worker that pass the towers at once, to save memory; 0: all clips
    learning_rate: Positive = 1e-3  # peak, AdamW
    weight_decay: Amount = 0.05  # AdamW; biases and norms do not decay
    layer_decay: Fraction = 1.0  # learning rate of a tower's layer, as a fraction of that of the layer above (BEiT)
    warmup: Fraction = 0.1  # fraction of the steps in which the learning rate rises; then it falls to zero (cosine)
    gradient_clip: Positive = 1.0  # largest norm of the gradient
    augmentation: Amount = 1.0  # strength; 0: none, 1: the default ranges of augment.py
    precision: Precision = "auto"  # of the towers; auto: bfloat16 on a GPU, float32 elsewhere
    compile: bool = False  # use torch.compile: costs half a minute at the start, pays off in runs of hours
    checkpoint_every: Natural = 50  # steps between checkpoints, for a run that keeps them; 0: none
    keep: Natural = 2  # how many of the newest checkpoints are kept, besides the one with the lowest loss
    report_every: Natural = 10  # steps between points of the curve; 0: points at epochs and checkpoints only
    share_every: Natural = 10  # steps between reports of each term's share of the gradient; 0: never
    vitals_every: Natural = 10  # steps between checks for collapse; 0: never
    patience: Count = 10  # the run stops after this many steps in a row with a loss that is not finite
    seed: Natural = 0  # of first weights, batches, augmentation and clusters


@dataclass(frozen=True)
class Config:
    """Holds all settings of a pretraining run."""

    rendering: Rendering = field(default_factory=Rendering)
    model: Model = field(default_factory=Model)
    losses: Losses = field(default_factory=Losses)
    captions: Captions = field(default_factory=Captions)
    training: Training = field(default_factory=Training)


Section = TypeVar("Section")


def override(config: Section, changes: Mapping[str, Any]) -> Section:
    """Returns a copy of `config` with dotted keys replaced, e.g. {"losses.alignment.weight": 0.5}.

    Converts text values (from a command line) to the type of the setting. Raises UserError on a misspelt key or word,
    with the closest known one, and on a value that does not fit the setting or its limits.
    """
    for key, value in changes.items():
        config = _set(config, key.split("."), value, key)
    return config


def check_settings(group: Any, prefix: str = "") -> None:
    """Raises UserError on the first setting of a config, or of its group named `prefix`, that is outside its limits."""
    for name, kind in _kinds(group).items():
        value, key = getattr(group, name), prefix + name
        if dataclasses.is_dataclass(value):
            check_settings(value, key + ".")
        else:
            check(value, kind, key)


def parse_changes(options: Sequence[str]) -> dict[str, str]:
    """Returns the changes that `--set KEY=VALUE` options ask for, key -> text; raises UserError on another form."""
    changes: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise UserError(f"--set {option}: say what to set it to, as in --set training.epochs=90")
        changes[key] = value
    return changes


def flatten(config: Any, prefix: str = "") -> dict[str, Any]:
    """Returns dotted key -> value for every setting of a config, in the order of declaration."""
    leaves: dict[str, Any] = {}
    for entry in dataclasses.fields(config):
        value, key = getattr(config, entry.name), prefix + entry.name
        leaves |= flatten(value, key + ".") if dataclasses.is_dataclass(value) else {key: value}
    return leaves


def to_dict(config: Any) -> dict[str, Any]:
    """Returns the config as nested dictionaries that JSON can hold."""
    return typing.cast(dict[str, Any], json.loads(json.dumps(dataclasses.asdict(config))))


def from_dict(values: Mapping[str, Any]) -> Config:
    """Returns the Config from the dictionaries that `to_dict` made."""
    return override(Config(), dotted(values))


def dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns dotted key -> value of nested dictionaries such as those of `to_dict`, whether settings or not."""
    leaves: dict[str, Any] = {}
    for name, value in values.items():
        leaves |= dotted(value, prefix + name + ".") if isinstance(value, Mapping) else {prefix + name: value}
    return leaves


def config_hash(config: Any) -> str:
    """Returns the first 16 hexadecimal digits of the SHA-256 of a config: equal settings give equal hashes."""
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
    """Returns name -> annotation for every field of a group; the annotation holds the limits."""
    return typing.get_type_hints(type(group), include_extras=True)
