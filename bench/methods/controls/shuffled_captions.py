"""Trains SMILE-VLM on the sentences of other faces: what words teach beyond being words must be gone.

Each clip gets the sentence and the measures of another clip. Loss, number of sentences and their words stay, so that
a gain over the arm `none` that is left here comes from something else than from what sentences say.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.methods.cost import count_workload
from bench.methods.method import Encoder, Labels, PartsDone, Unsuitable
from bench.methods.tower import TextTowerEncoder, follow
from smile.captions.arms import write_captions
from smile.captions.axes import Said
from smile.captions.geometry import NoLandmarks
from smile.config import Config, override
from smile.rendering.views import Views
from smile.training.pretraining import pretrain


def fit(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains with shuffled captions of the arm `geometry`; raises Unsuitable where no clip has landmarks."""
    config = override(config, {"captions.arm": "geometry"})
    try:
        said = shuffle_captions(write_captions(config.captions, views, config.training.seed), config.training.seed)
    except NoLandmarks as error:
        raise Unsuitable("needs landmarks") from error
    model = pretrain(config, views.images, said.sentences, report=follow(config, progress), axes=said.axes)
    workload = count_workload(config.training, len(views), views.images.shape[1])
    return TextTowerEncoder(model, views.images.shape[1], workload)


def shuffle_captions(said: Said, seed: int) -> Said:
    """Returns the captions, each moved to another clip, its measures with it; a single clip keeps its own.

    The clips are put in a drawn order, and each takes the caption of the next one.
    """
    sentences = said.sentences or ()
    order = np.random.default_rng(seed).permutation(len(sentences))
    giver = np.empty_like(order)
    giver[order] = np.roll(order, -1)
    axes = said.axes and replace(said.axes, scores=said.axes.scores[giver])
    return Said(tuple(sentences[row] for row in giver), axes)
