"""Defines SimSiam (Chen & He 2021): a predictor turns one picture's embedding into the other's, which stands still.

The projection is that of all methods here, with layer normalisation; the paper's has batch normalisation.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cosine_similarity

from bench.methods.unsupervised.learner import Learner, make_predictor
from smile.config import Config
from smile.model.face_text import FaceText

#: Width of the embedding over that of the predictor's hidden layer (Chen & He 2021, section 3: 2048 to 512).
BOTTLENECK = 4


class SimSiam(Learner):
    """Compares by Chen & He 2021, eq. 2."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        width = config.model.embedding_size
        self.predictor = make_predictor(width, max(width // BOTTLENECK, 1))

    def compare(self, first_BD: Tensor, second_BD: Tensor) -> Tensor:
        """Returns the symmetrised negative cosine; see Learner."""
        return distance(self.predictor(first_BD), second_BD) / 2 + distance(self.predictor(second_BD), first_BD) / 2


def distance(predicted_BD: Tensor, target_BD: Tensor) -> Tensor:
    """Returns the mean negative cosine (eq. 1) to targets that no gradient reaches."""
    return -cosine_similarity(predicted_BD, target_BD.detach(), dim=1).mean()
