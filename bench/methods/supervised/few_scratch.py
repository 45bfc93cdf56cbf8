"""Trains the multi-view net from scratch on a few labelled subjects: what labels alone are worth, without pretraining.

There is no encoder to freeze: each draw of labelled subjects trains a net of its own, and bench/probes/from_scratch.py
measures it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from bench.methods.method import Encoder, Labels, Later, PartsDone, Unsuitable
from smile.arrays import UInt8
from smile.config import Config
from smile.rendering.views import Views

#: Fewest steps of a training: a few clips make few steps an epoch, and the net must learn them by heart.
LEAST_STEPS = 200


@dataclass(frozen=True)
class FromScratch:
    """Stands in the place of a fit function, and names what measures it instead (see bench/spread/errand.py)."""

    measure: Later = field(default_factory=lambda: Later("bench.probes.from_scratch", "evaluate_from_scratch"))

    def __call__(self, _views: Views, _labels: Labels, _config: Config, _progress: PartsDone) -> Encoder:
        """Raises Unsuitable: there is nothing to learn before somebody is labelled."""
        raise Unsuitable("learns from the labels of each draw of subjects anew, and has no encoder")


def teach_from_scratch(
    images: UInt8, labels: Labels, config: Config, asked: dict[str, UInt8]
) -> tuple[dict[str, list[tuple[str, ...]]], Encoder]:
    """Trains a net on images [n, V, C, H, W] of the labelled clips; returns it, and what it says of the `asked` ones.

    The net, its loss, batches and augmentation are those of the method `supervised`, and so is the length of the
    training in epochs, but no training has fewer than LEAST_STEPS steps.
    """
    import torch  # and all below: the table of methods, which imports this file, must not wait for it

    from bench.methods.supervised.classes import number_classes
    from bench.methods.supervised.multiview import Classifier, classify
    from bench.methods.tower import BATCH, TowerEncoder, held_still, train_net
    from smile.model.image_tower import to_pixels
    from smile.training.batches import Batches
    from smile.training.length import count_steps
    from smile.training.pretraining import initialise

    (numbers_n, count), classes = number_classes(labels), sorted(set(labels or ()))
    steps = max(count_steps(config.training, len(images)), LEAST_STEPS)
    config = replace(config, training=replace(config.training, steps=steps))
    model = Classifier(initialise(config, images, None), count)
    model = model.to(model.face.device)
    batches = Batches(images, config.training, labels=numbers_n, patches=model.face.image.patches)
    workload = train_net(model, classify, batches, config, lambda *_: None)
    said: dict[str, list[tuple[str, ...]]] = {}
    with held_still(model):
        for name, pictures in asked.items():
            found: list[int] = []
            for start in range(0, len(pictures), BATCH):
                shown = torch.from_numpy(np.array(pictures[start : start + BATCH])).to(model.face.device)
                found += model.head(model.face(to_pixels(shown)).face_features).argmax(dim=1).tolist()
            said[name] = [classes[number] for number in found]
    return said, TowerEncoder(model.face, images.shape[1], workload)
