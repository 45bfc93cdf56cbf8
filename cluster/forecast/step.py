"""Forecasts a training step on many GPUs: what each part of it takes, and which part is the first to be too slow.

The structure (a fixed part, operations at a share of the peak, bytes over a link) is that of the lines that
cluster/forecast/fit.py lays through measured points. Speeds of GPUs and of networks are those of data sheets: no GPU
was measured.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """Holds what data sheets say of a GPU and of the machine around it; nothing here was measured."""

    name: str
    peak: float  # operations per second, bfloat16, dense
    memory: float  # bytes
    link: float  # bytes per second from its machine to others, shared by its GPUs
    inside: float  # bytes per second between GPUs of one machine
    gpus: int  # of a machine
    cores: int  # of a machine


CARDS = {
    "a10g": Card("A10G (g5.2xlarge)", 70e12, 24e9, 1.25e9, 1.25e9, 1, 8),
    "h100": Card("H100 SXM (p5.48xlarge)", 989e12, 80e9, 400e9, 450e9, 8, 192),
}


@dataclass(frozen=True)
class StepWork:
    """Says what is trained: by default ViT-B/16 and a text tower of its size, three views of 224 pixels."""

    clips: int = 64  # per GPU and step
    views: int = 3
    bytes_per_clip: int = 3 * 4 * 224 * 224  # views x channels x pixels, uint8
    operations_per_clip: float = 3 * 3 * 2 * 17.6e9 * 0.71  # 3 views, forward and backward, 71 % of the tokens
    weights: float = 150e6  # of both towers; gradients travel as float32
    width: int = 512  # of the joint space


@dataclass(frozen=True)
class Place:
    """Says where it is trained."""

    card: Card
    share: float = 0.4  # of the card's peak that a step reaches: the target of docs/speed.md, not measured
    storage: float = 10e9  # bytes per second that the shared folder gives to all machines together


@dataclass(frozen=True)
class Step:
    """Is the forecast of a step: seconds of each part, as if it were alone."""

    gpus: int
    parts: dict[str, float]
    joined_bytes: float  # of the embeddings of the joined batch, on each GPU

    @property
    def slowest(self) -> str:
        """Returns the part that takes longest."""
        return max(self.parts, key=lambda name: self.parts[name])

    @property
    def seconds(self) -> float:
        """Returns the seconds of a step in which reading and the gradients' journey hide behind the computation."""
        hidden = max(self.parts["compute"] + self.parts["losses"], self.parts["gradients"], self.parts["read"])
        return hidden + self.parts["embeddings"]

    @property
    def efficiency(self) -> float:
        """Returns which share of the GPUs' time computes."""
        return self.parts["compute"] / self.seconds


def forecast_step(gpus: int, work: StepWork, place: Place) -> Step:
    """Returns the step of `gpus` GPUs, each of which sees `work.clips` clips."""
    card = place.card
    machines = -(-gpus // card.gpus)
    speed = card.peak * place.share
    joined = gpus * work.clips
    embeddings = 4.0 * joined * (work.views + 2) * work.width  # views, fused face, sentence
    # The losses of the joined batch are computed on every GPU: correlations of three pairs of views, and of face and
    # sentence, forward and backward, through the smaller of both Gram matrices.
    losses = (work.views * (work.views - 1) / 2 + 1) * 3 * 2.0 * joined * work.width * min(joined, work.width)
    return Step(
        gpus,
        {
            "compute": work.clips * work.operations_per_clip / speed,
            "read": gpus * work.clips * work.bytes_per_clip / min(place.storage, machines * card.link),
            "gradients": _add_up(4 * work.weights, gpus, card),
            # Joined forward, added up backward: thrice the way of the rows.
            "embeddings": 1.5 * _add_up(embeddings, gpus, card),
            "losses": losses / speed,
        },
        embeddings,
    )


def _add_up(size: float, gpus: int, card: Card) -> float:
    """Returns the seconds in which all GPUs add up `size` bytes around a ring, whose slowest link counts."""
    if gpus == 1:
        return 0.0
    return 2 * (gpus - 1) / gpus * size / (card.link if gpus > card.gpus else card.inside)
