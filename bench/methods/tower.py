"""The encoder that every trained method shares: the same tower, epochs, batches and augmentation as SMILE-VLM.

Letters in shapes: N clips, V views, C channels, H and W pixels, F feature width.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.methods.method import PartsDone
from smile.arrays import Float32
from smile.config import Config
from smile.model.encoding import encode_faces
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.loop import Report


@dataclass(frozen=True)
class TowerEncoder:
    """A frozen model that looks at the first `view_count` views."""

    model: FaceText
    view_count: int

    def embed(self, views: Views) -> Float32:
        """The views' features side by side [N, V F], before the projection (Chen et al. 2020, section 4.2).

        Their fusion is an average, and loses a point or two to every method that has several views (docs/log.md).
        """
        return encode_faces(self.model, views.images[:, : self.view_count]).side_by_side


def follow(config: Config, progress: PartsDone) -> Report:
    """The loop's report as progress in epochs."""

    def report(metrics: dict[str, float]) -> None:
        progress(int(metrics["epoch"]), config.training.epochs)

    return report
