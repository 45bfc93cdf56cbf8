"""SMILE-VLM with each arm of its text: without, with what moved, with guessed classes, with the labels' prompts."""

from __future__ import annotations

from bench.methods.method import Encoder, Labels, PartsDone, Unsuitable
from bench.methods.tower import TowerEncoder, follow
from smile.captions.arms import write_captions
from smile.captions.geometry import NoLandmarks
from smile.config import Arm, Config, override
from smile.rendering.views import Views
from smile.training.pretraining import pretrain


def fit_without_text(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """The arm `none`: multi-view decorrelation and view-aware fusion alone."""
    return fit_arm("none", views, None, config, progress)


def fit_geometry(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """The arm `geometry`: sentences from landmark motion, standardised over the pretraining clips.

    Raises Unsuitable where no pretraining clip has landmarks. Landmarks are read in pretraining only.
    """
    return fit_arm("geometry", views, None, config, progress)


def fit_pseudo(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """The arm `pseudo`: the prompt of the class that config.captions.pseudo guesses, which sees no labels.

    Raises Unsuitable where no pretraining clip has landmarks, by which clusters are named.
    """
    return fit_arm("pseudo", views, None, config, progress)


def fit_label(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """The arm `label`: the prompt of each clip's class; weakly supervised."""
    return fit_arm("label", views, labels, config, progress)


def fit_arm(arm: Arm, views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """SMILE-VLM with the captions of an arm; raises Unsuitable where the arm needs landmarks that no clip has."""
    config = override(config, {"captions.arm": arm})
    shown = views if labels is None else views.relabel(labels)
    try:
        captions = write_captions(config.captions, shown, config.training.seed)
    except NoLandmarks as error:
        raise Unsuitable("needs landmarks") from error
    model = pretrain(config, views.images, captions, report=follow(config, progress))
    return TowerEncoder(model, views.images.shape[1])
