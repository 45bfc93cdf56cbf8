"""The upper reference: the same tower and views, trained on the labels of the pretraining subjects."""

from __future__ import annotations

from bench.methods.method import Encoder, Labels, PartsDone
from smile.config import Config
from smile.rendering.views import Views


def fit_multiview(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Cross-entropy on the fused features of all views; same epochs, batches and augmentation as SMILE-VLM."""
    import torch

    from bench.methods.objectives import Classifier, classify
    from bench.methods.tower import TowerEncoder, follow
    from smile.training.batches import Batches
    from smile.training.loop import train
    from smile.training.pretraining import initialise

    classes = sorted(set(labels or ()))
    face = initialise(config, views.images, None)
    numbers = torch.tensor([classes.index(label) for label in labels or ()])
    model = Classifier(face, len(classes)).to(face.device)
    batches = Batches(views.images, config.training, labels=numbers, patches=face.image.patches)
    train(model, classify, batches, report=follow(config, progress))
    return TowerEncoder(face, views.images.shape[1])
