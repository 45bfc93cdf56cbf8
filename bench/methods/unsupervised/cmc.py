"""Defines CMC (Tian et al. 2020): each view of a face finds the other views of the face, by an encoder a view."""

from __future__ import annotations

from torch import Tensor

from bench.methods.unsupervised.learner import over_pairs
from bench.methods.unsupervised.moco_v3 import find_keys
from bench.methods.unsupervised.view_encoders import ViewLearner
from smile.training.batches import Batch

#: Tian et al. 2020, section 4.
TEMPERATURE = 0.07


class CMC(ViewLearner):
    """Compares all pairs of views (full graph, Tian et al. 2020, eq. 8) both ways (eq. 5).

    Negatives are the batch's other faces, as in the softmax of eq. 2; the paper draws them from a memory bank.
    """

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over pairs of views of the contrast both ways."""
        views = self.embed_views(batch.pixels).unbind(dim=1)
        return {"contrast": over_pairs(len(views), lambda u, v: contrast_views(views[u], views[v]))}


def contrast_views(first_BD: Tensor, second_BD: Tensor) -> Tensor:
    """Returns the softmax contrast of two views, both ways (Tian et al. 2020, eq. 2 and 5)."""
    both = find_keys(first_BD, second_BD, TEMPERATURE) + find_keys(second_BD, first_BD, TEMPERATURE)
    return both / (2 * TEMPERATURE)
