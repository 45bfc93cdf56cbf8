"""Fine-tunes a pretrained tower on the labels of the pretraining subjects: what pretraining adds to supervision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.methods.method import Encoder, Labels, PartsDone
from smile.config import Config
from smile.rendering.views import Views


@dataclass(frozen=True)
class FineTuned:
    """Pretrains without labels, then trains the same tower on labels; the object itself is a fit function."""

    pretrain: Callable[[Views, Labels, Config, PartsDone], Encoder]

    def __call__(self, views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
        """Fits the method; see Method. Both parts have the epochs of the config; progress counts over both."""
        from bench.methods.supervised.multiview import fit_classifier
        from bench.methods.tower import TowerEncoder

        start = self.pretrain(views, None, config, lambda done, total: progress(done, 2 * total))
        assert isinstance(start, TowerEncoder)  # the table names only methods with one tower
        images = views.first_views(start.view_count).images
        ended = fit_classifier(
            start.model, images, labels, config, lambda done, total: progress(total + done, 2 * total)
        )
        return replace(ended, workload=start.workload + ended.workload)
