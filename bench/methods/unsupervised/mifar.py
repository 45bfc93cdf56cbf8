"""Defines a method after MiFaR (Behzad & Zhao 2021), in the parts that its abstract tells: this is our reading.

The abstract tells of an encoder a view, and of two distorted versions of a batch whose embeddings are correlated.
"""

from __future__ import annotations

import torch
from torch import Tensor

from bench.methods.unsupervised.view_encoders import ViewLearner
from smile.losses.decorrelation import decorrelate
from smile.training.batches import Batch


class MiFaR(ViewLearner):
    """Pulls the cross-correlation of two distorted versions to the identity, within and between views."""

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over ordered pairs of views of the loss of Barlow Twins between the two versions."""
        assert batch.twin_pixels is not None
        firsts, seconds = (self.embed_views(one).unbind(dim=1) for one in (batch.pixels, batch.twin_pixels))
        weight = self.config.losses.decorrelation.off_diagonal_weight
        pairs = [decorrelate(torch.stack([u, v], dim=1), weight) for u in firsts for v in seconds]
        return {"correlation": torch.stack(pairs).mean()}
