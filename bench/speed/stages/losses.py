"""Times the decorrelation of two and three views beside the Barlow Twins loss of lightly: value and gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from bench.speed.peers.plain_losses import decorrelate_plainly
from bench.speed.row import SpeedRow
from bench.speed.timing import interleave
from smile.config import Decorrelation
from smile.losses.decorrelation import decorrelate
from smile.progress import Reporter, report_each

#: Clips, views and embedding width. First the batch and the projector of Barlow Twins (section 2.2; 256 is the smallest
#: batch in the paper), then the same with one more view, then a case with more clips than dimensions.
CASES = ((256, 2, 8192), (256, 3, 8192), (512, 3, 256))
TOLERANCE = 1e-5  # of value and gradient, relative, in float32
ROUNDS = 5


def time_losses(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for each case; both ways run in float32 on the same threads."""
    return [_time_case(*case) for case in report_each(reporter, "Timing losses", CASES)]


def _time_case(clips: int, views: int, width: int) -> SpeedRow:
    views_BVD = _draw(clips, views, width)
    ways = {
        name: partial(_step, loss, views_BVD)
        for name, loss in (("ours", decorrelate), ("lightly's formula", decorrelate_plainly))
    }
    (value, gradient), (expected, reference) = (way() for way in ways.values())
    errors = [_error(value, expected), _error(gradient, reference)]
    seconds = interleave(ways, rounds=ROUNDS)
    ours, plain = seconds.values()
    return SpeedRow(
        stage="losses",
        case=f"decorrelation, {clips} clips, {views} views, width {width}",
        ours=1 / ours,
        peer=1 / plain,
        peer_name="lightly's formula",
        unit="losses/s",
        equal=max(errors) < TOLERANCE,
        note=f"value and gradient, float32, {torch.get_num_threads()} threads; relative difference {max(errors):.0e}",
    )


def _draw(clips: int, views: int, width: int) -> Tensor:
    """Draws views [B, V, D] with a common part for each face."""
    generator = torch.Generator().manual_seed(0)
    face = torch.randn(clips, 1, width, generator=generator)
    return (face + torch.randn(clips, views, width, generator=generator)).requires_grad_()


def _step(loss: Callable[[Tensor, float], Tensor], views_BVD: Tensor) -> tuple[Tensor, Tensor]:
    value = loss(views_BVD, Decorrelation().off_diagonal_weight)
    (gradient,) = torch.autograd.grad(value, views_BVD)
    return value.detach(), gradient


def _error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).abs().max() / expected.abs().max())
