"""Defines a tower with a temporal transformer: attention between the frames of a view, read at a class token.

The order of parts is that of Former-DFER (Zhao & Liu 2021) after its shared tower, with one layer because there are few
clips. Letters in shapes: B clips, V views, K frames, G planes of a frame, F feature width.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.sequences.frames import find_frames, show_one_frame
from bench.methods.supervised.classes import teach_net
from bench.methods.supervised.view_transformer import ViewTransformer
from bench.methods.tower import Net
from smile.arrays import Int64
from smile.config import Config
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.pretraining import initialise


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on labels; epochs, batches and augmentation are those of SMILE-VLM. Raises Unsuitable without frames."""
    frames = find_frames(views.planes)
    face = initialise(show_one_frame(config), np.ascontiguousarray(views.images[:1, :, frames[0]]), None)
    net = FrameTransformer(face, frames).to(face.device)
    return teach_net(net, views.images, labels, None, config, progress)


class FrameTransformer(Net):
    """Lets the frames of a view attend to each other as a view transformer lets views; a frame has a learnt place."""

    def __init__(self, face: FaceText, frames_KG: Int64) -> None:
        super().__init__()
        self.frames = torch.from_numpy(frames_KG)
        self.attend = ViewTransformer(face, len(frames_KG))

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns what the class token has gathered of each view, side by side, [B, V F]."""
        gathered_NF = self.attend.describe(pixels_BVCHW.flatten(0, 1)[:, self.frames])
        return gathered_NF.reshape(len(pixels_BVCHW), -1)
