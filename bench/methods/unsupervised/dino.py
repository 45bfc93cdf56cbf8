"""Defines DINO (Caron et al. 2021): a student says of one picture what its teacher says of another, less an average.

Letters in shapes: B clips of the batch over all workers, S pictures of a clip, D embedding width, K outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, log_softmax, normalize, softmax

from bench.methods.unsupervised.learner import Learner, Teacher, embed_positives, over_pairs, raise_momentum
from smile.config import Config
from smile.model.face_text import FaceText
from smile.training.batches import Batch

#: Temperatures of student and teacher, momentum of the teacher at the start and that of the centre (Caron et al. 2021,
#: sections 3.1 and 3.2).
STUDENT, TEACHER, MOMENTUM, CENTRE = 0.1, 0.04, 0.996, 0.9
#: Outputs of the head. The paper has 65,536 for a million images.
OUTPUTS = 256


class DINO(Learner):
    """Compares by Caron et al. 2021, algorithm 1, without crops of another size: all methods here see the same."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        self.head = UnitHead(config.model.embedding_size, OUTPUTS)
        self.teacher, self.teacher_head = Teacher(face), Teacher(self.head)
        self.centre_K: Tensor
        self.register_buffer("centre_K", torch.zeros(OUTPUTS))

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean over pairs of pictures of the cross-entropy, both ways halved; moves the centre."""
        momentum = raise_momentum(MOMENTUM, batch.step, self.steps)
        self.teacher.follow(self.face, momentum)
        self.teacher_head.follow(self.head, momentum)
        said = self.head(embed_positives(self.face, batch)).unbind(dim=1)
        with torch.no_grad():
            taught_BSK = self.teacher_head.net(embed_positives(self.teacher.net, batch))  # type: ignore[arg-type]
        centre_K, taught = self.centre_K.clone(), taught_BSK.unbind(dim=1)
        self.centre_K.lerp_(taught_BSK.mean(dim=(0, 1)), 1 - CENTRE)

        def both(u: int, v: int) -> Tensor:
            return (imitate(said[u], taught[v], centre_K) + imitate(said[v], taught[u], centre_K)) / 2

        return {"imitation": over_pairs(len(said), both)}


class UnitHead(nn.Module):
    """Gives the cosine to K learnt directions: the last layer of DINO's head, with weights of length one."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.weight_KD = nn.Parameter(torch.randn(outputs, width))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Returns cosines [..., K] of embeddings [..., D]."""
        return linear(normalize(embeddings, dim=-1), normalize(self.weight_KD, dim=-1))


def imitate(said_BK: Tensor, taught_BK: Tensor, centre_K: Tensor) -> Tensor:
    """Returns the mean cross-entropy of what student and teacher say (Caron et al. 2021, algorithm 1, function H)."""
    target_BK = softmax((taught_BK.detach() - centre_K) / TEACHER, dim=1)
    return -(target_BK * log_softmax(said_BK / STUDENT, dim=1)).sum(dim=1).mean()
