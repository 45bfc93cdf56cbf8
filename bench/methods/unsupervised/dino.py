"""Defines DINO (Caron et al. 2021): a student says of one picture what its teacher says of another, less an average.

Letters in shapes: B clips of the batch over all workers, S pictures of a clip, D embedding width, K outputs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, log_softmax, normalize, softmax

from bench.methods.unsupervised.learner import Branch, SelfLearner, Teacher, over_pairs, raise_momentum
from smile.config import Config
from smile.model.face_text import FaceText
from smile.training.batches import Batch

#: Temperatures of student and teacher, momentum of the teacher at the start and that of the centre (Caron et al. 2021,
#: sections 3.1 and 3.2).
STUDENT, TEACHER, MOMENTUM, CENTRE = 0.1, 0.04, 0.996, 0.9
#: Outputs of the head. The paper has 65,536 for a million images.
OUTPUTS = 256


class DINO(SelfLearner):
    """Compares by Caron et al. 2021, algorithm 1, without crops of another size: all methods here see the same."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        width = config.model.embedding_size
        self.student = nn.Sequential(Branch(face, width, norm_last=False), UnitHead(width, OUTPUTS))
        self.teacher = Teacher(self.student)
        self.centre_K: Tensor
        self.register_buffer("centre_K", torch.zeros(OUTPUTS))

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over pairs of pictures of the cross-entropy, both ways halved; moves the centre."""
        self.teacher.follow(self.student, raise_momentum(MOMENTUM, batch.step, self.steps))
        said, taught, centre_K = self.student(batch), self.teacher(batch), self.centre_K.clone()
        self.centre_K.lerp_(torch.cat(taught).mean(dim=0), 1 - CENTRE)

        def both(u: int, v: int) -> Tensor:
            return (imitate(said[u], taught[v], centre_K) + imitate(said[v], taught[u], centre_K)) / 2

        return {"imitation": over_pairs(len(said), both)}


class UnitHead(nn.Module):
    """Gives the cosine to K learnt directions: the last layer of DINO's head, with weights of length one."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.weight_KD = nn.Parameter(torch.randn(outputs, width))

    def forward(self, embeddings: Sequence[Tensor]) -> list[Tensor]:
        """Returns cosines [B, K] of each of some embeddings [B, D]."""
        return [linear(normalize(one, dim=1), normalize(self.weight_KD, dim=1)) for one in embeddings]


def imitate(said_BK: Tensor, taught_BK: Tensor, centre_K: Tensor) -> Tensor:
    """Returns the mean cross-entropy of what student and teacher say (Caron et al. 2021, algorithm 1, function H)."""
    target_BK = softmax((taught_BK.detach() - centre_K) / TEACHER, dim=1)
    return -(target_BK * log_softmax(said_BK / STUDENT, dim=1)).sum(dim=1).mean()
