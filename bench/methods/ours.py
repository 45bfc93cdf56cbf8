"""SMILE-VLM with the arms that see no labels: without text, and with sentences about what moved."""

from __future__ import annotations

from bench.methods.method import Encoder, Progress, Unsuitable
from smile.config import Config, override
from smile.data.captions import write_captions
from smile.errors import UserError
from smile.rendering.views import Views


def fit_without_text(views: Views, _labels: tuple[str, ...] | None, config: Config, progress: Progress) -> Encoder:
    """The arm `none`: multi-view decorrelation and view-aware fusion alone."""
    return _fit(views, None, override(config, {"captions.arm": "none"}), progress)


def fit_geometry(views: Views, _labels: tuple[str, ...] | None, config: Config, progress: Progress) -> Encoder:
    """The arm `geometry`: sentences from landmark motion, standardised over the pretraining clips.

    Raises Unsuitable where no pretraining clip has landmarks. Landmarks are read in pretraining only.
    """
    try:
        captions = write_captions("geometry", views.landmarks, views.landmark_scheme, views.expressions)
    except UserError as error:
        raise Unsuitable("needs landmarks") from error
    return _fit(views, captions, override(config, {"captions.arm": "geometry"}), progress)


def _fit(views: Views, captions: list[str] | None, config: Config, progress: Progress) -> Encoder:
    from bench.methods.tower import TowerEncoder, follow
    from smile.training.pretraining import pretrain

    model = pretrain(config, views.images, captions, report=follow(config, progress))
    return TowerEncoder(model, views.images.shape[1])
