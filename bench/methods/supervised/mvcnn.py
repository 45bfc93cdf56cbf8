"""Defines MVCNN (Su et al. 2015): the largest value over the views of each feature of one shared tower."""

from __future__ import annotations

from torch import Tensor

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.supervised.classes import teach_net
from bench.methods.tower import Net
from smile.config import Config
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.pretraining import initialise


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on labels; epochs, batches and augmentation are those of SMILE-VLM."""
    face = initialise(config, views.images, None)
    return teach_net(ViewPooling(face), views.images, labels, face.image.patches, config, progress)


class ViewPooling(Net):
    """Pools the features of all views by their maximum (Su et al. 2015, section 3.2)."""

    def __init__(self, face: FaceText) -> None:
        super().__init__()
        self.image = face.image

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns the pooled features [B, F]."""
        features_BVF = self.image(pixels_BVCHW.flatten(0, 1)).unflatten(0, pixels_BVCHW.shape[:2])
        pooled_BF: Tensor = features_BVF.amax(dim=1)
        return pooled_BF
