"""Defines SwAV (Caron et al. 2020): the cluster of one picture is told from the other picture of the face.

Letters in shapes: B clips of the batch over all workers, D embedding width, K prototypes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, log_softmax, normalize

from bench.methods.unsupervised.learner import Branch, SelfLearner, over_pairs
from smile.config import Config
from smile.model.face_text import FaceText
from smile.training.batches import Batch

#: Temperature, smoothness of the codes and rounds of Sinkhorn (Caron et al. 2020, sections 3.1 and 4).
TEMPERATURE, SMOOTHNESS, ROUNDS = 0.1, 0.05, 3
#: Number of prototypes. The paper has 3000 for the thousand classes of ImageNet, in batches that are larger than that.
PROTOTYPES = 30


class SwAV(SelfLearner):
    """Compares by Caron et al. 2020, eq. 2, with codes from the batch alone (no queue, two pictures of full size)."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        self.branch = Branch(face, config.model.embedding_size, norm_last=False)
        self.prototypes_KD = nn.Parameter(torch.randn(PROTOTYPES, config.model.embedding_size))

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over pairs of pictures of the swapped prediction."""
        prototypes_KD = normalize(self.prototypes_KD, dim=1)
        scores = [linear(normalize(one, dim=1), prototypes_KD) for one in self.branch(batch)]
        return {"prediction": over_pairs(len(scores), lambda u, v: swap(scores[u], scores[v]))}


def swap(first_BK: Tensor, second_BK: Tensor) -> Tensor:
    """Returns the cross-entropy of each picture's scores with the other's code, both ways halved (eq. 2)."""
    return (_tell(first_BK, assign(second_BK)) + _tell(second_BK, assign(first_BK))) / 2


@torch.no_grad()
def assign(scores_BK: Tensor, smoothness: float = SMOOTHNESS, rounds: int = ROUNDS) -> Tensor:
    """Returns codes [B, K]: rows sum to one, and every prototype is used alike (Sinkhorn-Knopp, eq. 3 to 5)."""
    # Less its largest value, which changes no code: the exponential stays finite.
    codes_BK = torch.exp((scores_BK - scores_BK.max()) / smoothness)
    for _ in range(rounds):
        codes_BK = codes_BK / codes_BK.sum(dim=0, keepdim=True) / codes_BK.shape[1]
        codes_BK = codes_BK / codes_BK.sum(dim=1, keepdim=True) / len(codes_BK)
    return codes_BK * len(codes_BK)


def _tell(scores_BK: Tensor, codes_BK: Tensor) -> Tensor:
    return -(codes_BK * log_softmax(scores_BK / TEMPERATURE, dim=1)).sum(dim=1).mean()
