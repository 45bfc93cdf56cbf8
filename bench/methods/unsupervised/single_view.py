"""Baselines that see neither labels nor sentences: an untrained encoder, SimCLR and Barlow Twins on the front view.

Torch is imported when a method is fitted, so that listing methods and reading records stays quick.
"""

from __future__ import annotations

from bench.methods.method import Encoder, PartsDone, first_views
from smile.config import Config
from smile.rendering.views import Views

#: Views that the single-view baselines look at: the front.
FRONT = 1


def fit_random(views: Views, _labels: tuple[str, ...] | None, config: Config, _progress: PartsDone) -> Encoder:
    """All views through the tower as it is drawn: what the pictures and the architecture give without learning."""
    from bench.methods.tower import TowerEncoder
    from smile.training.pretraining import initialise

    return TowerEncoder(initialise(config, views.images, None), views.images.shape[1])


def fit_simclr(views: Views, _labels: tuple[str, ...] | None, config: Config, progress: PartsDone) -> Encoder:
    """SimCLR (Chen et al. 2020) on two augmentations of the front view."""
    from bench.methods.objectives import contrast_twins
    from bench.methods.tower import train_twins

    return train_twins(first_views(views, FRONT).images, config, contrast_twins(), progress)


def fit_barlow_twins(views: Views, _labels: tuple[str, ...] | None, config: Config, progress: PartsDone) -> Encoder:
    """Barlow Twins (Zbontar et al. 2021) on two augmentations of the front view."""
    from bench.methods.objectives import decorrelate_twins
    from bench.methods.tower import train_twins

    objective = decorrelate_twins(config.losses.decorrelation.off_diagonal_weight)
    return train_twins(first_views(views, FRONT).images, config, objective, progress)
