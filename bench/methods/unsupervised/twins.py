"""Trains a tower on two augmentations of the front view, for losses that compare the two (twins).

Letters in shapes: B clips of the batch over all workers, D embedding width.
"""

from __future__ import annotations

from torch import Tensor, nn

from bench.methods.method import PartsDone
from bench.methods.tower import TowerEncoder, follow
from smile.config import Config
from smile.losses.gather import gather
from smile.rendering.views import Views
from smile.training.batches import Batch, Batches
from smile.training.loop import train
from smile.training.pretraining import initialise
from smile.training.step import Objective


def embed_twins(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Returns the embeddings of both augmentations, each [B, D], joined over all workers."""
    twins = ((batch.pixels, batch.token_bound), (batch.twin_pixels, batch.twin_token_bound))
    first, second = (gather(model(pixels, None, None, token_bound).face_embedding) for pixels, token_bound in twins)
    return first, second


def train_on_front(views: Views, config: Config, objective: Objective, progress: PartsDone) -> TowerEncoder:
    """Trains the tower on the front view alone, which is the first view; the encoder uses only this view."""
    images = views.first_views(1).images
    model = initialise(config, images, None)
    batches = Batches(images, config.training, twins=True, patches=model.image.patches)
    train(model, objective, batches, report=follow(config, progress))
    return TowerEncoder(model, images.shape[1])
