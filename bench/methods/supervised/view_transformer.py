"""Defines a view transformer: attention between the views of a face, read at a class token.

The order of parts is that of MVT (Chen et al. 2021) after its shared tower, with one layer because there are few clips.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.supervised.classes import teach_net
from bench.methods.tower import Net
from smile.config import Config
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.pretraining import initialise

#: Heads and layers of the attention between views.
HEADS, LAYERS = 4, 1


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on labels; epochs, batches and augmentation are those of SMILE-VLM."""
    face = initialise(config, views.images, None)
    net = ViewTransformer(face, views.images.shape[1]).to(face.device)
    return teach_net(net, views.images, labels, face.image.patches, config, progress)


class ViewTransformer(Net):
    """Lets the features of the views attend to each other; each view has a learnt place."""

    def __init__(self, face: FaceText, view_count: int) -> None:
        super().__init__()
        self.image, width = face.image, face.image.feature_size
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(0.02 * torch.randn(1, 1 + view_count, width))
        # No dropout: a step must not depend on the number of workers.
        layer = nn.TransformerEncoderLayer(width, HEADS, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns what the class token has gathered, [B, F]."""
        features_BVF = self.image(pixels_BVCHW.flatten(0, 1)).unflatten(0, pixels_BVCHW.shape[:2])
        tokens = torch.cat([self.token.expand(len(features_BVF), -1, -1), features_BVF], dim=1) + self.places
        gathered: Tensor = self.layers(tokens)[:, 0]
        return gathered
