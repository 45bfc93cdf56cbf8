"""Defines a method after MultiviewVLM (Behzad 2025, arXiv 2505.09336), as its abstract tells: this is our reading.

The abstract tells of prompts as pseudo-labels, of a joint space of views and words, of positive and negative pairs that
are stable, and of a loss whose gradient is smooth. Stable pairs are here those that the pseudo-labels make before
training: views of the same class attract each other, views of different classes repel. The loss is a softplus.
Letters in shapes: B clips over all workers, V views, D embedding width, P and Q rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, softplus

from bench.methods.method import Encoder, Labels, PartsDone, Unsuitable
from bench.methods.tower import TextTowerEncoder, train_net
from smile.captions.arms import write_captions
from smile.captions.geometry import NoLandmarks
from smile.config import Config, override
from smile.losses.gather import gather
from smile.rendering.views import Views
from smile.training.batches import Batch, Batches, tokenize
from smile.training.pretraining import initialise

#: Inverse temperature of cosines: the slope of the softplus changes over a tenth of a cosine.
SHARPNESS = 10.0


def fit(views: Views, _labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    """Trains on prompts of guessed classes, as the arm `pseudo` does; raises Unsuitable where no clip has landmarks."""
    config = override(config, {"captions.arm": "pseudo"})
    try:
        prompts = write_captions(config.captions, views, config.training.seed).sentences
    except NoLandmarks as error:
        raise Unsuitable("needs landmarks") from error
    model = initialise(config, views.images, prompts)
    sentences = tokenize(model.tokenizer, prompts or ())
    batches = Batches(views.images, config.training, sentences, patches=model.image.patches)
    workload = train_net(model, contrast_stably, batches, config, progress)
    return TextTowerEncoder(model, views.images.shape[1], workload)


def contrast_stably(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Returns the contrast of views with views, and of views and fused faces with prompts; serves as the objective."""
    output = model(batch.pixels, batch.input_ids, batch.attention_mask, batch.token_bound)
    views_BVD, faces_BD, words_BD = map(gather, (output.view_embeddings, output.face_embedding, output.text_embedding))
    classes_B = gather(batch.caption_ids)  # type: ignore[arg-type]  # this run has prompts
    count = views_BVD.shape[1]
    rows_PD, classes_P = views_BVD.flatten(0, 1), classes_B.repeat_interleave(count)
    clips_P = torch.arange(len(classes_B), device=classes_B.device).repeat_interleave(count)
    own_PP = clips_P[:, None] == clips_P
    other_PP = ~torch.eye(len(rows_PD), dtype=torch.bool, device=rows_PD.device)
    known_PP = (classes_P >= 0)[:, None] & (classes_P >= 0)
    same_PP = classes_P[:, None] == classes_P
    pictures_QD, classes_Q = torch.cat([rows_PD, faces_BD]), torch.cat([classes_P, classes_B])
    told_QB = (classes_Q >= 0)[:, None] & (classes_B >= 0)
    meant_QB = classes_Q[:, None] == classes_B
    return {
        "views": attract(rows_PD, rows_PD, (own_PP | (same_PP & known_PP)) & other_PP, known_PP & ~same_PP),
        "prompts": attract(pictures_QD, words_BD, meant_QB & told_QB, told_QB & ~meant_QB),
    }


def attract(rows_PD: Tensor, others_QD: Tensor, positive_PQ: Tensor, negative_PQ: Tensor) -> Tensor:
    """Returns the mean softplus of minus the cosine over positive pairs, plus that of the cosine over negative pairs.

    Either mean is zero where there is no such pair, so that few classes in a batch do not stop a run.
    """
    likeness_PQ = SHARPNESS * normalize(rows_PD, dim=1) @ normalize(others_QD, dim=1).T
    pulled = (softplus(-likeness_PQ) * positive_PQ).sum() / positive_PQ.sum().clamp(min=1)
    pushed = (softplus(likeness_PQ) * negative_PQ).sum() / negative_PQ.sum().clamp(min=1)
    return pulled + pushed
