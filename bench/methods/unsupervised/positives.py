"""Names the learner of an unsupervised method and the pictures that it compares, without loading torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.methods.method import Encoder, Labels, Later, PartsDone, Unsuitable
from smile.config import Config
from smile.rendering.views import Views


@dataclass(frozen=True)
class Positives:
    """Trains a learner on pictures of one face that shall agree (positives); the object itself is a fit function.

    By default these are two augmentations of the front view, as in the papers. With `all_views` they are the views of a
    clip, each augmented once; with `twins` too, each view is augmented twice.
    """

    learner: Any  # a subclass of SelfLearner, or Later: where it stands
    all_views: bool = False
    twins: bool = True

    def __call__(self, views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
        """Fits the method; see Method. Raises Unsuitable where a clip has one picture to compare."""
        from bench.methods.unsupervised.learner import train_learner

        learner = self.learner.load() if isinstance(self.learner, Later) else self.learner
        shown = views if self.all_views else views.first_views(1)
        if not self.twins and shown.images.shape[1] < 2:
            raise Unsuitable("needs several views")
        return train_learner(learner, shown.images, self.twins, config, progress)
