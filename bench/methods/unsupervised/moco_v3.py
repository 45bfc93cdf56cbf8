"""Defines MoCo v3 (Chen, Xie & He 2021): a predictor finds the teacher's embedding of its face among the batch's.

Letters in shapes: B clips of the batch over all workers, D embedding width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from bench.methods.unsupervised.learner import (
    Branch,
    SelfLearner,
    Teacher,
    make_predictor,
    over_pairs,
    raise_momentum,
)
from smile.config import Config
from smile.model.face_text import FaceText
from smile.training.batches import Batch

#: Temperature, momentum at the start (Chen, Xie & He 2021, section 4), and width of the hidden layer over the
#: embedding (4096 to 256).
TEMPERATURE, MOMENTUM, EXPANSION = 0.2, 0.99, 16


class MoCoV3(SelfLearner):
    """Compares by algorithm 1 of Chen, Xie & He 2021, both ways."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        width = config.model.embedding_size
        self.branch = Branch(face, width, norm_last=True)
        self.teacher, self.predictor = Teacher(self.branch), make_predictor(width, EXPANSION * width, width)

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over pairs of pictures of the contrast both ways."""
        self.teacher.follow(self.branch, raise_momentum(MOMENTUM, batch.step, self.steps))
        asked = [self.predictor(one) for one in self.branch(batch)]
        keys = self.teacher(batch)
        return {
            "contrast": over_pairs(
                len(asked), lambda u, v: find_keys(asked[u], keys[v]) + find_keys(asked[v], keys[u])
            ),
        }


def find_keys(asked_BD: Tensor, keys_BD: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Returns the cross-entropy of finding key b for query b, times twice the temperature (algorithm 1)."""
    likeness_BB = normalize(asked_BD, dim=1) @ normalize(keys_BD, dim=1).T / temperature
    return 2 * temperature * cross_entropy(likeness_BB, torch.arange(len(asked_BD), device=asked_BD.device))
