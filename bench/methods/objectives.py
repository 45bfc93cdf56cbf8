"""What the baselines minimise in the loop that they share with SMILE-VLM.

Letters in shapes: B clips of the batch over all workers, D embedding width, F feature width, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from smile.losses.decorrelation import decorrelate
from smile.losses.gather import gather
from smile.model.face_text import FaceText
from smile.training.batches import Batch
from smile.training.step import Objective

#: Temperature of SimCLR with small batches (Chen et al. 2020, appendix B.9).
TEMPERATURE = 0.5


def nt_xent(first_BD: Tensor, second_BD: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Normalised temperature-scaled cross-entropy of two augmentations of each clip (Chen et al. 2020, eq. 1)."""
    both = normalize(torch.cat([first_BD, second_BD]), dim=1)
    itself = torch.eye(len(both), dtype=torch.bool, device=both.device)
    likeness = (both @ both.T / temperature).masked_fill(itself, -torch.inf)
    partners = torch.arange(len(both), device=both.device).roll(len(first_BD))
    return cross_entropy(likeness, partners)


def contrast_twins() -> Objective:
    """SimCLR between two augmentations of one view."""

    def objective(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        return {"contrast": nt_xent(*_embed_twins(model, batch))}

    return objective


def decorrelate_twins(off_diagonal_weight: float) -> Objective:
    """Barlow Twins (Zbontar et al. 2021, eq. 1) between two augmentations of one view."""

    def objective(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        twins_B2D = torch.stack(_embed_twins(model, batch), dim=1)
        return {"decorrelation": decorrelate(twins_B2D, off_diagonal_weight)}

    return objective


class Classifier(nn.Module):
    """The tower and fusion of SMILE-VLM with a linear layer on the fused features."""

    def __init__(self, face: FaceText, classes: int) -> None:
        super().__init__()
        self.face = face
        self.head = nn.Linear(face.image.feature_size, classes)


def classify(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Cross-entropy of the labels: the objective of a Classifier."""
    features_BF = model.face(batch.pixels, None, None, batch.room).face_features  # type: ignore[operator]  # a Classifier's submodule
    return {"classification": cross_entropy(model.head(features_BF), batch.labels)}  # type: ignore[operator, arg-type]


def _embed_twins(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    twins = ((batch.pixels, batch.room), (batch.twin_pixels, batch.twin_room))
    first, second = (gather(model(pixels, None, None, room).face_embedding) for pixels, room in twins)
    return first, second
