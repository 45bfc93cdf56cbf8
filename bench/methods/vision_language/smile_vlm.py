"""Trains SMILE-VLM with each arm: no text, landmark sentences, prompts of guessed classes, prompts of labels."""

from __future__ import annotations

from bench.methods.cost import count_workload
from bench.methods.method import Encoder, Labels, PartsDone, Unsuitable
from bench.methods.tower import TextTowerEncoder, TowerEncoder, follow
from smile.captions.arms import write_captions
from smile.captions.geometry import NoLandmarks
from smile.config import Arm, Config, override
from smile.rendering.views import Views
from smile.training.pretraining import pretrain


def fit_without_text(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains with the arm `none`: multi-view decorrelation and view fusion, without text."""
    return fit_arm("none", views, None, config, progress)


def fit_geometry(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains with the arm `geometry`: sentences from landmark motion, standardised over the pretraining clips.

    Landmarks are used in pretraining only. Raises Unsuitable where no pretraining clip has landmarks.
    """
    return fit_arm("geometry", views, None, config, progress)


def fit_pseudo(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains with the arm `pseudo`: the prompt of a class that is guessed without labels (config.captions.pseudo).

    Landmarks give clusters their class names. Raises Unsuitable where no pretraining clip has landmarks.
    """
    return fit_arm("pseudo", views, None, config, progress)


def fit_label(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains with the arm `label`: the prompt of each clip's class, so training is weakly supervised."""
    return fit_arm("label", views, labels, config, progress)


def fit_arm(arm: Arm, views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains SMILE-VLM with the captions of an arm; raises Unsuitable where they need landmarks and no clip has any."""
    config = override(config, {"captions.arm": arm})
    shown = views if labels is None else views.relabel(labels)
    try:
        said = write_captions(config.captions, shown, config.training.seed)
    except NoLandmarks as error:
        raise Unsuitable("needs landmarks") from error
    model = pretrain(config, views.images, said.sentences, report=follow(config, progress), axes=said.axes)
    workload = count_workload(config.training, len(views), views.images.shape[1])
    kind = TowerEncoder if said.sentences is None else TextTowerEncoder
    return kind(model, views.images.shape[1], workload)
