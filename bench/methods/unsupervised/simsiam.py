"""Defines SimSiam (Chen & He 2021): a predictor turns one picture's embedding into the other's, which stands still."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cosine_similarity

from bench.methods.unsupervised.learner import Branch, SelfLearner, make_predictor, over_pairs
from smile.config import Config
from smile.model.face_text import FaceText
from smile.training.batches import Batch

#: Width of the embedding over that of the predictor's hidden layer (Chen & He 2021, section 3: 2048 to 512).
BOTTLENECK = 4


class SimSiam(SelfLearner):
    """Compares by Chen & He 2021, eq. 2."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        width = config.model.embedding_size
        self.branch = Branch(face, width, norm_last=True)
        self.predictor = make_predictor(width, max(width // BOTTLENECK, 1), width)

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over pairs of pictures of the negative cosine, both ways halved."""
        targets = self.branch(batch)
        said = [self.predictor(one) for one in targets]

        def both(u: int, v: int) -> Tensor:
            return distance(said[u], targets[v]) / 2 + distance(said[v], targets[u]) / 2

        return {"prediction": over_pairs(len(said), both)}


def distance(predicted_BD: Tensor, target_BD: Tensor) -> Tensor:
    """Returns the mean negative cosine (eq. 1) to targets that no gradient reaches."""
    return -cosine_similarity(predicted_BD, target_BD.detach(), dim=1).mean()
