"""Shows views to models of photographs: three planes, and the size and normalisation that the model was trained with.

Letters in shapes: B clips, V views, C channels, H and W pixels, F feature width.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import interpolate

from bench.methods.tower import Net
from smile.captions.pretrained import read_normalisation, to_rgb
from smile.model.image_tower import ImageTower
from smile.model.towers import load_tower


class PhotographNet(Net):
    """Encodes views as photographs: three planes, the normalisation and the size that the model was trained with."""

    def __init__(self, place: str, planes: Sequence[str]) -> None:
        super().__init__()
        self.planes = planes
        self.image = ImageTower(load_tower(place, "vision"), channels=3)
        mean, deviation = read_normalisation(place)
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def describe(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns the features of all views side by side, [B, V F]."""
        features: Tensor = self.image(self._colour(pixels_BVCHW))
        return features.view(len(pixels_BVCHW), -1)

    def show(self, pixels_BVCHW: Tensor) -> Tensor:
        """Returns the views [B V, 3, H, W] as the model reads them, in its size."""
        shown, size = self._colour(pixels_BVCHW), self.image.size
        return (
            shown
            if size is None or shown.shape[-2:] == size
            else interpolate(shown, size, mode="bilinear", antialias=True)
        )

    def _colour(self, pixels_BVCHW: Tensor) -> Tensor:
        colours = (to_rgb(pixels_BVCHW, self.planes) * 128 + 128) / 255
        return ((colours - self.mean) / self.deviation).flatten(0, 1)
