"""Defines learning by temporal order (Misra et al. 2016, Lee et al. 2017): tell how the frames of a clip were shuffled.

The papers pass each frame through a tower of its own sight. Here the tower reads all key frames of a view at once, as
every other method does, so that the same tower is measured. Who reads an order must see motion.
Letters in shapes: B clips of the batch on this worker, V views, C planes, O orders, K frames, F feature width.
"""

from __future__ import annotations

from functools import partial
from itertools import permutations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.sequences.frames import find_frames
from bench.methods.unsupervised.learner import SelfLearner, train_learner
from smile.arrays import Int64
from smile.config import Config
from smile.losses.gather import worker_rank
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.augment import draw_uniform
from smile.training.batches import Batch

#: Most orders that are told apart: all of four frames, evenly chosen ones of more.
MOST_ORDERS = 24


def fit(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains without labels on all views. Raises Unsuitable where the pictures hold no sequence."""
    orders = list_orders(find_frames(views.planes), views.images.shape[2])
    return train_learner(partial(FrameOrder, orders), views.images, False, config, progress)


class FrameOrder(SelfLearner):
    """Classifies the order in which the frames of each view are shown; the views of a clip share an order."""

    def __init__(self, orders_OC: Int64, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        self.orders = torch.from_numpy(orders_OC)
        self.head = nn.Linear(face.image.feature_size, len(orders_OC))

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the cross-entropy of the order, over views and clips of this worker."""
        drawn_B = draw_orders(self.config.training.seed, batch.step, len(batch.pixels), len(self.orders))
        shown = shuffle_frames(batch.pixels, self.orders[drawn_B])
        told_BVO = self.head(self.face(shown).view_features)
        numbers = torch.from_numpy(drawn_B).to(told_BVO.device)
        return {"order": cross_entropy(told_BVO.flatten(0, 1), numbers.repeat_interleave(told_BVO.shape[1]))}


def list_orders(frames_KG: Int64, planes: int) -> Int64:
    """Returns which plane stands at each place under each order, [O, C], the true order first."""
    every = list(permutations(range(len(frames_KG)))) if len(frames_KG) < 7 else list(_turn(len(frames_KG)))
    chosen = np.unique(np.linspace(0, len(every) - 1, min(MOST_ORDERS, len(every))).round().astype(int))
    orders = np.tile(np.arange(planes), (len(chosen), 1))
    for row, number in zip(orders, chosen, strict=True):
        row[frames_KG] = frames_KG[list(every[number])]
    return orders


def _turn(count: int) -> list[tuple[int, ...]]:
    """Returns the orders that begin with each frame in turn, forwards and backwards: all orders would be too many."""
    forwards = [tuple((start + step) % count for step in range(count)) for start in range(count)]
    return forwards + [order[::-1] for order in forwards]


def draw_orders(seed: int, step: int, clips: int, orders: int) -> Int64:
    """Returns the number of the order of each clip [B], by its place in the joined batch."""
    places = np.arange(clips) + worker_rank() * clips
    seeds = np.stack(np.broadcast_arrays(seed, step, 3, places), axis=1)  # 0 to 2 are those of pictures and of MAE
    return np.asarray((draw_uniform(seeds, 1)[:, 0] * orders).astype(np.int64))


def shuffle_frames(pixels_BVCHW: Tensor, orders_BC: Tensor) -> Tensor:
    """Returns the pictures with the planes of each clip in its order."""
    clips = torch.arange(len(pixels_BVCHW), device=pixels_BVCHW.device)[:, None]
    return pixels_BVCHW.transpose(1, 2)[clips, orders_BC.to(pixels_BVCHW.device)].transpose(1, 2)
