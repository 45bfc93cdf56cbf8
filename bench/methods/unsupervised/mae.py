"""Defines a masked autoencoder after MAE (He et al. 2022): hidden patches of a picture are told from the others.

The paper's encoder is a transformer that never sees the hidden patches. The tower here may be a convolution, so hidden
patches are grey instead, as in SimMIM (Xie et al. 2022), and the decoder is a linear layer, as there.
Letters in shapes: B clips of the batch on this worker, S pictures of a clip, N pictures (B S), C channels, H and W
pixels, P patches, Q values of a patch, F feature width.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import fold, interpolate, unfold

from bench.methods.unsupervised.learner import SelfLearner, join_twins
from smile.arrays import Bool
from smile.config import Config
from smile.losses.gather import worker_rank
from smile.model.face_text import FaceText
from smile.training.augment import draw_uniform
from smile.training.batches import Batch

#: Fraction of the patches that is hidden, and what is added to the variance of a patch (He et al. 2022, section 3).
HIDDEN, EPSILON = 0.75, 1e-6
#: Patches along a side. Images of 64 pixels get patches of 8; the paper's have 14 patches of 16 pixels.
SIDE = 8


class MAE(SelfLearner):
    """Reconstructs hidden patches of each picture from its features; pictures of a clip are not compared."""

    def __init__(self, face: FaceText, config: Config, steps: int) -> None:
        super().__init__(face, config, steps)
        self.size = -(-face.config.image_size // SIDE)  # pixels of a patch; the last one may reach over the border
        self.decoder = nn.Linear(face.image.feature_size, face.config.channels * (SIDE * self.size) ** 2)

    def measure(self, batch: Batch) -> dict[str, Tensor]:
        """Returns the mean squared error over the hidden patches of this worker's pictures."""
        pixels_BSCHW, _ = join_twins(batch)
        clips, pictures = pixels_BSCHW.shape[:2]
        hidden = draw_hidden(self.config.training.seed, batch.step, clips, pictures)
        hidden_NP = torch.from_numpy(hidden).to(pixels_BSCHW.device)
        pixels_NCHW = pixels_BSCHW.flatten(0, 1)
        seen_NCHW = hide_patches(pixels_NCHW, hidden_NP, self.size)
        features_NF = self.face(seen_NCHW.view(pixels_BSCHW.shape)).view_features.flatten(0, 1)
        told_NPQ = self.decoder(features_NF).unflatten(1, (SIDE * SIDE, -1))
        return {"reconstruction": miss_hidden(told_NPQ, cut_patches(pixels_NCHW, self.size), hidden_NP)}


def draw_hidden(seed: int, step: int, clips: int, pictures: int) -> Bool:
    """Returns which patches are hidden, [clips * pictures, P], by the place of a clip in the joined batch."""
    places = np.arange(clips) + worker_rank() * clips
    seeds = np.stack(np.broadcast_arrays(seed, step, 2, places), axis=1)  # 0 and 1 are the two augmentations
    drawn = draw_uniform(seeds, pictures * SIDE * SIDE).reshape(clips * pictures, -1)
    return np.asarray(drawn.argsort(axis=1).argsort(axis=1) < round(HIDDEN * SIDE * SIDE))


def cut_patches(pixels_NCHW: Tensor, size: int) -> Tensor:
    """Returns patches [N, P, Q], each with its own mean and deviation removed (He et al. 2022, section 4)."""
    side = SIDE * size
    if pixels_NCHW.shape[-2:] != (side, side):
        pixels_NCHW = interpolate(pixels_NCHW, (side, side), mode="bilinear")
    patches_NPQ = unfold(pixels_NCHW, size, stride=size).transpose(1, 2)
    middle, variance = patches_NPQ.mean(dim=2, keepdim=True), patches_NPQ.var(dim=2, keepdim=True)
    return (patches_NPQ - middle) / torch.sqrt(variance + EPSILON)


def hide_patches(pixels_NCHW: Tensor, hidden_NP: Tensor, size: int) -> Tensor:
    """Returns the pictures with hidden patches set to zero, the pixel that shows nothing."""
    side = SIDE * size
    columns_NQP = (~hidden_NP).float()[:, None].expand(-1, size * size, -1)
    shown_N1HW = fold(columns_NQP, (side, side), size, stride=size)
    return pixels_NCHW * shown_N1HW[..., : pixels_NCHW.shape[-2], : pixels_NCHW.shape[-1]]


def miss_hidden(told_NPQ: Tensor, true_NPQ: Tensor, hidden_NP: Tensor) -> Tensor:
    """Returns the mean squared error over hidden patches (He et al. 2022, section 3)."""
    return (told_NPQ - true_NPQ).square().mean(dim=2)[hidden_NP].mean()
