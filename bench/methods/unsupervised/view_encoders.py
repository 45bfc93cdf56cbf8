"""Gives each view an encoder of its own, for methods whose papers do so.

Letters in shapes: N clips, B clips of the batch over all workers, V views, S pictures of a clip, F and D widths.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from bench.methods.cost import Workload
from bench.methods.unsupervised.learner import SelfLearner
from smile.arrays import Float32
from smile.config import Config
from smile.losses.gather import gather
from smile.model.encoding import encode_faces
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.batches import Batch


@dataclass(frozen=True)
class ViewEncoders:
    """Encodes each view with the frozen model of that view."""

    model: nn.ModuleList  # a FaceText a view
    workload: Workload = field(default_factory=Workload)

    def embed(self, views: Views) -> Float32:
        """Returns the features of all views side by side, [N, V F]."""
        found = [
            encode_faces(face, views.images[:, view : view + 1]).side_by_side  # type: ignore[arg-type]  # a FaceText
            for view, face in enumerate(self.model)
        ]
        return np.concatenate(found, axis=1)


class ViewLearner(SelfLearner):
    """Trains an encoder a view; all start with the same weights. The number of views is that of config.rendering."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        count = int(face.config.rendering["view_count"])
        self.others = nn.ModuleList(deepcopy(face) for _ in range(count - 1))

    @property
    def faces(self) -> nn.ModuleList:
        """Returns the encoder of each view, the front first."""
        return nn.ModuleList([self.face, *self.others])

    def embed_views(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns embeddings [B, V, D], each by the encoder of its view, joined over all workers."""
        own = [face(pixels_BVCHW[:, view : view + 1]).view_embeddings for view, face in enumerate(self.faces)]
        return gather(torch.cat(own, dim=1))

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the loss of a batch."""
        raise NotImplementedError

    def encoder(self, _view_count: int, workload: Workload) -> ViewEncoders:
        """Returns the encoders of all views."""
        return ViewEncoders(self.faces, workload)
