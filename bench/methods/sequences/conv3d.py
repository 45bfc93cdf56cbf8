"""Defines a 3D CNN after C3D (Tran et al. 2015): convolutions over frames, rows and columns at once.

It has half of the paper's layers and its widths are smaller, because there are few clips and few frames.
Letters in shapes: B clips, V views, K frames, G planes of a frame, H and W pixels, F feature width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.methods.method import Encoder, Labels, PartsDone
from bench.methods.sequences.frames import find_frames
from bench.methods.supervised.classes import teach_net
from bench.methods.tower import Net
from smile.arrays import Int64
from smile.config import Config
from smile.rendering.views import Views

#: Widths of the layers, each of which halves rows and columns; groups of channels that are normalised together.
WIDTHS, GROUPS = (16, 32, 64, 128), 4


def fit(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on labels; epochs, batches and augmentation are those of SMILE-VLM. Raises Unsuitable without frames."""
    frames = find_frames(views.planes)
    torch.manual_seed(config.training.seed)
    net = FrameVolume(frames).to("cuda" if torch.cuda.is_available() else "cpu")
    return teach_net(net, views.images, labels, None, config, progress)


class FrameVolume(Net):
    """Reads the frames of a view as one volume, and puts what is said of each view side by side."""

    def __init__(self, frames_KG: Int64) -> None:
        super().__init__()
        self.frames = torch.from_numpy(frames_KG)
        layers: list[nn.Module] = []
        for inputs, outputs in zip((frames_KG.shape[1], *WIDTHS[:-1]), WIDTHS, strict=True):
            # All kernels are 3 x 3 x 3 (section 3.1). The paper pools time late; here there are too few frames to pool.
            convolution = nn.Conv3d(inputs, outputs, 3, stride=(1, 2, 2), padding=1)
            layers += [convolution, nn.GroupNorm(GROUPS, outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns the mean over frames and places of each view, side by side, [B, V F]."""
        volume_NGKHW = pixels_BVCHW.flatten(0, 1)[:, self.frames].transpose(1, 2)
        features_NF: Tensor = self.layers(volume_NGKHW).mean(dim=(2, 3, 4))
        return features_NF.view(len(pixels_BVCHW), -1)
