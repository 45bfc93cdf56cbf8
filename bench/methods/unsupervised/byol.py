"""Defines BYOL (Grill et al. 2020): a predictor turns one picture's embedding into a teacher's of the other picture."""

from __future__ import annotations

from torch import Tensor

from bench.methods.unsupervised.learner import (
    Branch,
    SelfLearner,
    Teacher,
    make_predictor,
    over_pairs,
    raise_momentum,
)
from bench.methods.unsupervised.simsiam import distance
from smile.config import Config
from smile.model.face_text import FaceText
from smile.training.batches import Batch

#: Momentum at the start (Grill et al. 2020, section 3.2); width of the hidden layer over the embedding (4096 to 256).
MOMENTUM, EXPANSION = 0.996, 16


class BYOL(SelfLearner):
    """Compares by Grill et al. 2020, eq. 2, both ways; the teacher's momentum rises from MOMENTUM to 1."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        width = config.model.embedding_size
        self.branch = Branch(face, width, norm_last=False)
        self.teacher, self.predictor = Teacher(self.branch), make_predictor(width, EXPANSION * width, width)

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over pairs of pictures of the loss both ways."""
        self.teacher.follow(self.branch, raise_momentum(MOMENTUM, batch.step, self.steps))
        said = [self.predictor(one) for one in self.branch(batch)]
        taught = self.teacher(batch)
        return {
            "prediction": over_pairs(len(said), lambda u, v: miss(said[u], taught[v]) + miss(said[v], taught[u])),
        }


def miss(predicted_BD: Tensor, target_BD: Tensor) -> Tensor:
    """Returns the mean squared distance of unit vectors (Grill et al. 2020, eq. 2): two less twice the cosine."""
    return 2 + 2 * distance(predicted_BD, target_BD)
