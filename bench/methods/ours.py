"""SMILE-VLM with the arms that see no labels: without text, and with sentences about what moved."""

from __future__ import annotations

import numpy as np

from bench.methods.method import Encoder, Progress, Unsuitable
from smile.config import Config, override
from smile.data.captions import fit_captioner
from smile.rendering.views import Views


def fit_without_text(views: Views, _labels: tuple[str, ...] | None, config: Config, progress: Progress) -> Encoder:
    """The arm `none`: multi-view decorrelation and view-aware fusion alone."""
    return _fit(views, None, override(config, {"captions.arm": "none"}), progress)


def fit_geometry(views: Views, _labels: tuple[str, ...] | None, config: Config, progress: Progress) -> Encoder:
    """The arm `geometry`: sentences from landmark motion, standardised over the pretraining clips.

    Raises Unsuitable where no pretraining clip has landmarks. Landmarks are read in pretraining only.
    """
    landmarks, scheme = views.landmarks, views.landmark_scheme
    if landmarks is None or scheme is None or not np.isfinite(landmarks).all(axis=(1, 2, 3)).any():
        raise Unsuitable("needs landmarks")
    captions = fit_captioner(landmarks, scheme).describe(landmarks, scheme)
    return _fit(views, captions, override(config, {"captions.arm": "geometry"}), progress)


def _fit(views: Views, captions: list[str] | None, config: Config, progress: Progress) -> Encoder:
    from bench.methods.tower import TowerEncoder, follow
    from smile.training.pretraining import pretrain

    model = pretrain(config, views.images, captions, report=follow(config, progress))
    return TowerEncoder(model, views.images.shape[1])
