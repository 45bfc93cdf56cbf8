"""Lifts pictures of heights back to points in space, for nets that read points.

A pixel of a channel of heights is a point of the surface that its camera saw. In the channel `depth` this is the
surface of the face. In channels of motion the third coordinate, towards the camera, is how far the surface moved.
Letters in shapes: B clips, V views, C planes, H and W pixels, P points, X numbers of a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from bench.methods.method import Labels, PartsDone, Unsuitable
from bench.methods.supervised.classes import teach_net
from bench.methods.tower import Net, NetEncoder
from smile.config import Config, Rendering
from smile.model.patches import Patches, mark_face
from smile.rendering.motion.channels import CHANNELS, background_of
from smile.rendering.raster.cameras import HALF_EXTENT, cameras
from smile.rendering.views import Views

#: Channels of heights in mm, the best first; of key frames the last one, which is the apex, is taken.
SURFACES = ("depth", "key_depth", "movement_depth", "rank_depth", "difference_depth")
#: Points of a face, over all views.
COUNT = 256


class Lifting(nn.Module):
    """Chooses COUNT pixels that show the face, the same places in equal pictures, and lifts them to points."""

    def __init__(self, planes: Sequence[str], rendering: Rendering, image_shape: tuple[int, ...]) -> None:
        super().__init__()
        views, _, height, width = image_shape
        self.surface = find_surface(planes)
        self.others = [number for number in range(len(planes)) if number != self.surface]
        self.background = [(background_of(plane) - 128) / 128 for plane in planes]
        self.step = 128 / CHANNELS[planes[self.surface].partition(" ")[0]].scale  # mm for the pixel value one
        places = np.stack(np.meshgrid(_centres(width), -_centres(height)), axis=-1).reshape(-1, 2)
        inverse = np.linalg.inv(cameras(rendering)[:views])
        priority = np.random.default_rng(0).permutation(views * height * width) / (views * height * width)
        for name, values in (("places", places), ("inverse", inverse), ("priority", priority)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32), persistent=False)

    @property
    def width(self) -> int:
        """Returns how many numbers a point has: its place, and what the other planes show there."""
        return 3 + len(self.others)

    def forward(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns points [B, P, X]; places are in half widths of a picture. A face of fewer pixels repeats its first.

        Pixels are chosen by one drawn order. Only where a clip shows no face at all does background become points.
        """
        shows = mark_face(pixels_BVCHW, self.background).flatten(1)
        score = shows + self.priority  # type: ignore[operator]  # a buffer; below one where there is no face
        best, chosen = score.topk(min(COUNT, score.shape[1]), dim=1)
        chosen = torch.where((best >= 1) | (best[:, :1] < 1), chosen, chosen[:, :1])
        pixels_BXP = pixels_BVCHW.transpose(1, 2).flatten(2)
        shown_BXP = pixels_BXP.gather(2, chosen[:, None].expand(-1, pixels_BXP.shape[1], -1))
        views, places = chosen // len(self.places), self.places[chosen % len(self.places)]  # type: ignore[arg-type, index]
        lifted = lift_heights(shown_BXP[:, self.surface] * self.step, places, self.inverse[views])  # type: ignore[index]
        return torch.cat([lifted / HALF_EXTENT, shown_BXP[:, self.others].transpose(1, 2)], dim=2)


def find_surface(planes: Sequence[str]) -> int:
    """Returns the number of the plane that holds heights; raises Unsuitable where there is none."""
    for channel in SURFACES:
        found = [number for number, plane in enumerate(planes) if plane.partition(" ")[0] == channel]
        if found:
            return found[-1]
    raise Unsuitable(f"needs one of the channels {', '.join(SURFACES)}")


def lift_heights(heights_BP: Tensor, places_BP2: Tensor, inverse_BP44: Tensor) -> Tensor:
    """Returns the points [B, P, 3] in mm that cameras saw at these heights in mm, at places -1 to 1 of a picture."""
    seen_BP4 = torch.cat([places_BP2, heights_BP[..., None], torch.ones_like(heights_BP)[..., None]], dim=2)
    points_BP4 = (inverse_BP44 @ seen_BP4[..., None])[..., 0]
    return points_BP4[..., :3] / points_BP4[..., 3:]


def teach_points(net: Net, views: Views, labels: Labels, config: Config, progress: PartsDone) -> NetEncoder:
    """Trains a net of points on labels. Augmentation leaves background as it is, so that it gives no points."""
    # The size fits no picture: these patches say what background is, and no tower leaves any of them out.
    kept = Patches(tuple(map(background_of, views.planes)), (0, 0), 1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return teach_net(net.to(device), views.images, labels, kept, config, progress)


def perceive(widths: Sequence[int]) -> nn.Sequential:
    """Makes the layers that all points share; layer normalisation, because a step must not depend on the workers."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LayerNorm(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


def _centres(size: int) -> np.ndarray:
    return (2 * np.arange(size) + 1) / size - 1
