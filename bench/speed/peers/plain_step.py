"""Trains as a user of torch and transformers would, for the stage `step`: eager mode, float32.

Images: one file per view, decoded and augmented clip by clip in the processes of a DataLoader, one per core.
Captions: tokenised once, and padded to the longest of the batch. Towers: called as in transformers, with all views of
a batch in one pass. Losses: InfoNCE by torch's cross-entropy, for each view and the face; decorrelation and
redundancy as lightly writes the Barlow Twins loss. AdamW and clipping have torch's defaults. Every loss is read in
every step, as for a log.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, normalize
from torch.optim import AdamW
from torch.utils.data import DataLoader, Dataset
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from bench.speed.peers.plain_losses import barlow_twins, decorrelate_plainly
from smile.arrays import Int64, UInt8
from smile.config import Config, Losses
from smile.model.face_text import FaceText
from smile.training import augment
from smile.training.pretraining import initialise

LOADERS = 2  # processes of the DataLoader, one per core

#: How long threads of GNU OpenMP spin by default (smile sets its own value).
OWN_SPINS = "300000"

#: What the DataLoader returns: pixels [B, V, C, H, W], tokens and mask [B, L], caption numbers [B].
Given = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Work:
    """Holds what both ways train on."""

    config: Config
    images: UInt8  # [N, 3, 4, H, W]
    captions: list[str]
    folder: Path  # with the same images as PNG files of four channels

    def model(self) -> FaceText:
        """Returns a model with the same weights at each call."""
        return initialise(self.config, self.images, self.captions).train()


class Clips(Dataset[tuple[Tensor, list[int], int]]):
    """Reads a clip from its files and augments it; returns it with its caption's tokens and number."""

    def __init__(self, work: Work, tokenizer: PreTrainedTokenizerBase) -> None:
        self.folder, self.strength = work.folder, work.config.training.augmentation
        self.tokens = tokenizer(work.captions, truncation=True)["input_ids"]
        self.numbers = [work.captions.index(caption) for caption in work.captions]  # equal captions have equal numbers

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, number: int) -> tuple[Tensor, list[int], int]:
        pixels = self.read(number)
        return self._augment(pixels) if self.strength else pixels, self.tokens[number], self.numbers[number]

    def read(self, number: int) -> Tensor:
        """Returns the views [V, C, H, W] of a clip as stored on disk, in the range of `to_pixels`."""
        files = [self.folder / f"{number}_{view}.png" for view in range(3)]
        pictures = [torch.from_numpy(np.array(Image.open(file)).transpose(2, 0, 1)) for file in files]
        return (torch.stack(pictures).float() - 128) / 128

    def _augment(self, pixels_VCHW: Tensor) -> Tensor:
        """Does the same as smile.training.augment, with functions of torch."""
        views, channels, height, width = pixels_VCHW.shape
        angle, scale, right, down = (2 * torch.rand(4, views) - 1).unbind()
        angle, scale = torch.deg2rad(augment.ROTATION * angle), 1 + augment.SCALE * scale
        rows = [[angle.cos() * scale, -angle.sin() * scale, 2 * augment.SHIFT * right]]
        rows += [[angle.sin() * scale, angle.cos() * scale, 2 * augment.SHIFT * down]]
        matrices = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
        grid = affine_grid(matrices, list(pixels_VCHW.shape), align_corners=False)
        placed = grid_sample(pixels_VCHW, grid, padding_mode="border", align_corners=False)
        gain = 1 + augment.GAIN * (2 * torch.rand(1, channels, 1, 1) - 1)
        changed = (placed * gain + torch.randn(placed.shape) * augment.NOISE * torch.rand(1)).clamp(-1, 1)
        for view in changed:
            chance, tall, wide, top, left = torch.rand(5).tolist()
            if chance < augment.ERASE_CHANCE:
                tall, wide = int(augment.ERASE_SIDE * tall * height), int(augment.ERASE_SIDE * wide * width)
                y, x = int(top * (height - tall)), int(left * (width - wide))
                view[:, y : y + tall, x : x + wide] = 0
        return changed


@dataclass(frozen=True)
class Pad:
    """Joins clips to a batch, with tokens padded to the longest."""

    tokenizer: PreTrainedTokenizerBase

    def __call__(self, clips: Sequence[tuple[Tensor, list[int], int]]) -> Given:
        """Returns a batch for the DataLoader."""
        pixels, tokens, numbers = zip(*clips, strict=True)
        padded = self.tokenizer.pad({"input_ids": list(tokens)}, return_tensors="pt")
        return torch.stack(pixels), padded["input_ids"], padded["attention_mask"], torch.tensor(numbers)


class Plain:
    """Trains with the plain script."""

    def __init__(self, work: Work, loaders: int = LOADERS) -> None:
        self.model, self.settings, self.losses = work.model(), work.config.training, work.config.losses
        assert self.model.tokenizer is not None
        self.optimizer = AdamW(self.model.parameters(), lr=self.settings.learning_rate)
        self.clips, self.pad = Clips(work, self.model.tokenizer), Pad(self.model.tokenizer)
        self.loader: DataLoader[Any] = DataLoader(
            self.clips,
            self.settings.batch_size,
            shuffle=True,
            drop_last=True,
            collate_fn=self.pad,
            num_workers=loaders,
            persistent_workers=loaders > 0,
        )

    def loss(self, rows: Int64) -> float:
        """Returns the loss of the clips in these rows, without augmentation."""
        clips = [(self.clips.read(int(row)), self.clips.tokens[row], self.clips.numbers[row]) for row in rows]
        return torch.stack(self._terms(*self.pad(clips))).sum().item()

    def epoch(self) -> None:
        """Trains on every clip once, in whole batches."""
        for given in self.loader:
            self.optimizer.zero_grad()
            terms = self._terms(*given)
            torch.stack(terms).sum().backward()  # type: ignore[no-untyped-call]  # torch gives it no type
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.gradient_clip)
            self.optimizer.step()
            [term.item() for term in terms]

    def _terms(self, pixels_BVCHW: Tensor, ids_BL: Tensor, mask_BL: Tensor, numbers_B: Tensor) -> list[Tensor]:
        model, device = self.model, self.model.device
        features_NF = model.image(pixels_BVCHW.to(device).flatten(0, 1))
        views_BVD = model.image_projection(features_NF).unflatten(0, pixels_BVCHW.shape[:2])
        weights_BV1 = model.fusion.score(views_BVD).softmax(dim=1)
        face_BD = (weights_BV1 * views_BVD).sum(dim=1)
        text_BD = self._embed_text(ids_BL.to(device), mask_BL.to(device))
        same_BB = (numbers_B[:, None] == numbers_B).float().to(device)
        target_BB = same_BB / same_BB.sum(dim=1, keepdim=True)
        scale = model.scale
        assert scale is not None
        views = [contrast(view_BD, text_BD, target_BB, scale) for view_BD in views_BVD.unbind(dim=1)]
        alignment = contrast(face_BD, text_BD, target_BB, scale) + torch.stack(views).mean()
        return _weigh(self.losses, views_BVD, face_BD, text_BD, alignment)

    def _embed_text(self, ids_BL: Tensor, mask_BL: Tensor) -> Tensor:
        assert self.model.text is not None
        hidden_BLF = self.model.text.tower(input_ids=ids_BL, attention_mask=mask_BL).last_hidden_state
        mean_BF = (hidden_BLF * mask_BL[:, :, None]).sum(dim=1) / mask_BL.sum(dim=1, keepdim=True)
        embedding_BD: Tensor = self.model.text_projection(mean_BF)
        return embedding_BD


def contrast(picture_BD: Tensor, text_BD: Tensor, target_BB: Tensor, scale: Tensor) -> Tensor:
    """Returns symmetric InfoNCE as in CLIP's reference code; all clips with equal captions are targets."""
    logits_BB = scale * normalize(picture_BD, dim=1) @ normalize(text_BD, dim=1).T
    return (cross_entropy(logits_BB, target_BB) + cross_entropy(logits_BB.T, target_BB)) / 2


def _weigh(losses: Losses, views_BVD: Tensor, face_BD: Tensor, text_BD: Tensor, alignment: Tensor) -> list[Tensor]:
    decorrelation = decorrelate_plainly(views_BVD, losses.decorrelation.off_diagonal_weight)
    redundancy = barlow_twins(face_BD, text_BD, off_diagonal_weight=1.0)
    return [
        losses.decorrelation.weight * decorrelation,
        losses.alignment.weight * alignment,
        losses.redundancy.weight * redundancy,
    ]


class Apart:
    """Runs the plain script in a process of its own, so that nothing that our code sets up reaches it."""

    def __init__(self, work: Work) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(work, theirs))
        with _environment("GOMP_SPINCOUNT", OWN_SPINS):
            self._process.start()
        theirs.close()

    def loss(self, rows: Int64) -> float:
        """Returns the same as Plain.loss."""
        return float(self._ask("loss", rows))

    def epoch(self) -> None:
        """Does the same as Plain.epoch."""
        self._ask("epoch")

    def close(self) -> None:
        """Ends the process."""
        self._pipe.close()
        self._process.join()

    def _ask(self, *what: object) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()


@contextmanager
def _environment(variable: str, value: str) -> Iterator[None]:
    before = os.environ.get(variable)
    os.environ[variable] = value
    try:
        yield
    finally:
        os.environ.pop(variable)
        if before is not None:
            os.environ[variable] = before


def _serve(work: Work, pipe: Connection) -> None:
    plain = Plain(work)
    while True:
        try:
            name, *given = pipe.recv()
        except EOFError:
            return
        pipe.send(getattr(plain, name)(*given))
