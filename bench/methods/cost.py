"""Measures what a method costs: the size of its encoder, the work of an embedding, and the length of its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smile.config import Training
from smile.rendering.views import Views

if TYPE_CHECKING:  # this module imports torch only when it measures, because the list of methods must not wait for it
    from bench.methods.method import Encoder


@dataclass(frozen=True)
class Workload:
    """Says how long a method was trained; zero for what is not trained by steps."""

    steps: int = 0  # of the optimiser
    pictures: int = 0  # images that passed the towers in these steps: clips x views x augmentations, all workers

    def __add__(self, other: Workload) -> Workload:
        """Returns the workload of one training after the other."""
        return Workload(self.steps + other.steps, self.pictures + other.pictures)


@dataclass(frozen=True)
class Cost:
    """Holds what one fitted encoder costs; a record holds it beside the seconds, which depend on the device."""

    parameters: int  # weights that make the embedding: without text towers and heads, which only training uses
    gflops: (
        float  # 1e9 floating-point operations of torch that embed one clip; a multiplication and an addition are two
    )
    steps: int  # see Workload
    pictures: int  # see Workload
    memory: float = 0.0  # GB that the fit took at most: of the GPU, or of the whole process; 0 where nobody can say


def count_workload(training: Training, clips: int, pictures: int) -> Workload:
    """Returns the workload of a whole run on `clips` clips, each with this number of `pictures` in a step."""
    from smile.training.length import count_steps

    steps = count_steps(training, clips)
    return Workload(steps, steps * min(training.batch_size, clips) * pictures)


def measure_cost(encoder: Encoder, views: Views, memory: float = 0.0) -> Cost:
    """Returns the cost of a fitted encoder, measured on the first clip of `views`; `memory` is that of its fit.

    Weights are those in the attribute `model` of the encoder, where it has one. An encoder in numpy has neither weights
    nor operations of torch: zero.
    """
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        encoder.embed(views.rows([0]))
    workload: Workload = getattr(encoder, "workload", Workload())
    return Cost(_count_weights(encoder), counter.get_total_flops() / 1e9, workload.steps, workload.pictures, memory)


def add_costs(costs: Sequence[Cost]) -> Cost | None:
    """Returns the cost of all encoders of a method: of equal size, trained one after the other; None without any."""
    if not costs:
        return None
    steps, pictures = sum(one.steps for one in costs), sum(one.pictures for one in costs)
    return replace(costs[0], steps=steps, pictures=pictures, memory=max(one.memory for one in costs))


def _count_weights(encoder: Encoder) -> int:
    from smile.model.face_text import FaceText

    model: Any = getattr(encoder, "model", None)
    if model is None:
        return 0
    towers = [face.image for face in model.modules() if isinstance(face, FaceText)]
    return sum(weight.numel() for part in towers or [model] for weight in part.parameters())
